"""What a run has reached: from its episodes, from a file that it writes, or from what it prints."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.finding.candidates import read
from rlprobe.comparison.finding.kinds import EVENTS, is_log
from rlprobe.comparison.log import LogError, Series
from rlprobe.comparison.metrics import EVALUATION, TRAINING, picks, plain
from rlprobe.comparison.readers.events import read_events
from rlprobe.comparison.scoring import At, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRAINING_SHARE: Final = 0.5
"""Lines of the script that play fewer steps than this share of the busiest one are for evaluation."""
EXACT_DIGITS: Final = 6
"""Digits from which an equal number is no chance."""
FEW_VALUES: Final = 3
"""Different values from which equal returns are no chance."""
RESULTS: Final = ("result", "objective", "value", "final_return", "final_reward", "fitness", "performance")
NAMES: Final = tuple(dict.fromkeys(plain(one) for one in (*EVALUATION, *TRAINING, *RESULTS)))
NUMBER: Final = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)"
Row = tuple[float, ...]
"""A return, the steps that it took, and, of an episode, a sum over its actions."""


@dataclass(frozen=True)
class Returns:
    """The returns of a run, in their order.

    Args:
        rows: each return with its steps.
        source: where they were read, in words.
    """

    rows: tuple[Row, ...] = ()
    source: str = ""

    @property
    def result(self) -> float:
        """Mean return over the last 10 % of the steps; NaN without a return."""
        if not self.rows:
            return float("nan")
        returns = np.array([row[0] for row in self.rows])
        steps = np.cumsum([row[1] for row in self.rows])
        return score(Series(steps, returns), At(), float(steps[-1]))

    @property
    def telling(self) -> bool:
        """Whether equal returns of another run are no chance: actions are known, or values differ enough."""
        if any(len(row) > 2 for row in self.rows):
            return True
        values = {row[0] for row in self.rows}
        exact = any(len(repr(one).replace(".", "").strip("-0")) >= EXACT_DIGITS for one in values)
        return exact or len(values) >= FEW_VALUES


def returns_of(episodes: Path, output: Path, metric: str | None, out: Path) -> Returns:
    """What a run has reached.

    Args:
        episodes: the file with the episodes of its environments.
        output: what it has printed.
        metric: a name that is printed or logged, or a file that the run writes, if not its episodes.
        out: the folder of the run.
    """
    if metric is None:
        found = of_episodes(episodes) or printed(_text(output))
        return found or _logged(out, "return", {episodes, output})
    if is_file(metric):
        return of_file(Path(metric.replace("{out}", str(out))))
    logged = _logged(out, metric, {episodes, output})
    return logged if logged.rows else printed(_text(output), metric) or Returns()


def _logged(out: Path, metric: str, ours: set[Path]) -> Returns:
    """A log that the script has written to the folder of the run."""
    for path in sorted(out.rglob("*")):
        if path.is_file() and path not in ours and (is_log(path) or path.suffix == ".json"):
            found = of_file(path, metric)
            if found.rows:
                return found
    return Returns()


def is_file(metric: str) -> bool:
    """Whether a metric is called by the file that holds it."""
    return bool(re.search(r"\{out\}|\.(json|jsonl|csv|tsv|txt|npz|npy)$", metric))


def of_episodes(path: Path) -> Returns | None:
    """The episodes of training, not those of evaluations; a half-written last line is left out."""
    if not path.is_file():
        return None
    rows: list[Mapping[str, Any]] = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    trained = [row for row in rows if not row["evaluated"]] or rows
    steps: Counter[str] = Counter()
    for row in trained:
        steps[str(row["line"])] += int(row["length"])
    most = max(steps.values(), default=0)
    kept = [row for row in trained if steps[str(row["line"])] >= TRAINING_SHARE * most]
    if not kept:
        return None
    kept = _in_order(kept)
    names = ", ".join(name for name, _ in Counter(str(row["name"]) for row in kept).most_common(2))
    found = tuple((float(row["return"]), int(row["length"]), int(row["actions"])) for row in kept)
    return Returns(found, f"the episodes of {names}")


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By the steps of each process: which of two processes writes first is chance."""
    steps: Counter[int] = Counter()
    keyed: list[tuple[int, int, int]] = []
    for row in rows:
        process = int(str(row["env"]).partition("-")[0])
        steps[process] += int(row["length"])
        keyed.append((steps[process], process, len(keyed)))
    return [rows[place] for *_, place in sorted(keyed)]


def of_file(path: Path, metric: str = "return") -> Returns:
    """A number, JSON, or a log that `rlprobe compare` reads; nothing if it holds no result."""
    text = _text(path)
    try:
        return Returns(((float(text.strip()), 1.0),), path.name)
    except ValueError:
        pass
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if isinstance(content, (int, float, dict)):
        named = _named(content, metric)
        return Returns(((named[1], 1.0),), f"{named[0]} in {path.name}") if named else Returns()
    try:
        logs = [read_events([path])] if EVENTS in path.name else read(path)
        found = [pick for log in logs for pick in picks([log], metric)]
    except (LogError, OSError):
        return Returns()
    if not found:
        return Returns()
    lengths = np.diff(found[0].series.steps, prepend=0.0)
    rows = tuple(zip(found[0].series.values.tolist(), np.maximum(lengths, 0.0).tolist(), strict=True))
    return Returns(rows, f"{found[0].name} in {'TensorBoard events' if EVENTS in path.name else path.name}")


def printed(text: str, metric: str | None = None) -> Returns | None:
    """Returns that were printed: as JSON, else as ``name: value``; those of the most frequent name."""
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    objects = [found for line in lines if (found := _json(line, metric)) is not None]
    if objects:
        last = objects[-1][0]
        rows = tuple((value, 1.0) for name, value in objects if name == last)
        return Returns(rows, f"{last} in {_times(len(rows), 'printed line')} of JSON")
    names = [metric] if metric else NAMES
    wanted = "|".join(_spoken(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(
        rf"(?<![A-Za-z_])({wanted})(?![A-Za-z_])[\s:=|\[(\"']{{1,40}}({NUMBER})(?![\w])", re.IGNORECASE
    )
    pairs = [(plain(name), float(value)) for line in lines for name, value in pattern.findall(line)]
    if not pairs:
        return None
    (often, count), *_ = Counter(name for name, _ in reversed(pairs)).most_common(1)
    rows = tuple((value, 1.0) for name, value in pairs if name == often)
    return Returns(rows, f"{often} in {_times(count, 'printed line')}")


def _times(count: int, what: str) -> str:
    return f"{count:,} {what}{'s'[: count > 1]}"


def _spoken(name: str) -> str:
    """A pattern for a name as people print it: ``mean_reward``, ``mean reward``, ``Mean-Reward``."""
    last = name.rpartition("/")[2]
    return re.sub(r"[_\s-]", r"[_\\s-]?", re.escape(last).replace("\\-", "-"))


def _json(line: str, metric: str | None) -> tuple[str, float] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        return _named(json.loads(line), metric or "return")
    except ValueError:
        return None


def _named(content: Any, metric: str) -> tuple[str, float] | None:
    """The number of that name in JSON; the only number for the short name of all returns."""
    if isinstance(content, (int, float)) and not isinstance(content, bool):
        return "the number", float(content)
    if not isinstance(content, dict):
        return None
    numbers = {
        plain(str(name)): float(value)
        for name, value in content.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    wanted = NAMES if metric == "return" else (plain(metric),)
    name = next((one for one in wanted if one in numbers), None)
    if name is None and metric == "return" and len(numbers) == 1:
        name = next(iter(numbers))
    return (name, numbers[name]) if name else None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def same(one: Sequence[Row], other: Sequence[Row], *, whole: bool) -> bool:
    """Whether two runs have the same returns, to the last bit, as far as both went."""
    if whole and len(one) != len(other):
        return False
    pairs = list(zip(one, other, strict=False))
    return bool(pairs) and all(a == b for a, b in pairs)
