"""One run of a training script: its arguments, its process, and the returns that it got."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import Series
from rlprobe.comparison.scoring import At, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRAINING_SHARE: Final = 0.5
"""Environments with fewer steps than this share of the longest one are for evaluation."""
EPISODES: Final = "episodes.jsonl"
Episodes = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Ran:
    """How a run ended.

    Args:
        episodes: return and length of each episode of the training environments, in the order of their ends.
        error: the last line of its errors, if it failed.
        whole: whether it ended by itself.
    """

    episodes: Episodes = ()
    error: str = ""
    whole: bool = True

    @property
    def result(self) -> float:
        """Mean return over the last 10 % of the steps; NaN without an episode."""
        if not self.episodes:
            return float("nan")
        returns, lengths = np.array(self.episodes, float).T
        steps = np.cumsum(lengths)
        return score(Series(steps, returns), At(), float(steps[-1]))


@dataclass(frozen=True)
class Script:
    """A training script with its own arguments.

    Args:
        path: the script.
        args: its arguments, with ``{seed}``, ``{out}`` and ``{NAME}`` of a parameter as placeholders.
    """

    path: str
    args: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not Path(self.path).is_file():
            raise FileNotFoundError(f"{self.path}: there is no such script")

    @property
    def takes_seed(self) -> bool:
        """Whether a seed reaches it: by a placeholder, or because it has an option of that name."""
        if any("{seed}" in one for one in self.args):
            return True
        return bool(re.search(r"\bseed\b", Path(self.path).read_text(errors="replace")))

    def arguments(self, settings: Mapping[str, str], seed: int, out: Path) -> list[str]:
        """The arguments of a run: placeholders filled in, everything else as options behind them.

        >>> script = Script(__file__, ("--env", "X", "lr={lr}"))
        >>> script.arguments({"lr": "0.1", "n": "5"}, 3, Path("o"))[:5]
        ['--env', 'X', 'lr=0.1', '--n', '5']
        """
        filled = []
        for one in self.args:
            text = one.replace("{seed}", str(seed)).replace("{out}", str(out))
            for name, value in settings.items():
                text = text.replace("{" + name + "}", value)
            filled.append(text)
        for name, value in settings.items():
            if not any("{" + name + "}" in one for one in self.args):
                filled += [f"--{name}", value]
        if self.takes_seed and not any("{seed}" in one for one in self.args):
            filled += ["--seed", str(seed)]
        return filled

    def run(self, settings: Mapping[str, str], seed: int, out: Path, seconds: float) -> Ran:
        """Run it in a process of its own, for so many seconds at most."""
        out.mkdir(parents=True, exist_ok=True)
        episodes = out / EPISODES
        episodes.unlink(missing_ok=True)
        command = [sys.executable, "-m", "rlprobe.search.inside", str(episodes), self.path]
        command += self.arguments(settings, seed, out)
        env = {"OMP_NUM_THREADS": "1", **os.environ}
        with (out / "output.txt").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the user's own script
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                start_new_session=True,
            )
            try:
                code: int | None = process.wait(max(0.1, seconds))
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
        found = episodes_of(episodes)
        if code is None:
            return Ran(found, f"ended after {seconds:.0f} s", whole=False)
        return Ran(found) if code == 0 else Ran(found, _last_line(out / "output.txt"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the script and whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(path: Path) -> str:
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "it failed without a word"


def episodes_of(path: Path) -> Episodes:
    """The episodes of the training environments in a file; a half-written last line is left out."""
    if not path.is_file():
        return ()
    rows: list[Mapping[str, float | str]] = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    steps: dict[str, int] = {}
    for row in rows:
        steps[str(row["env"])] = steps.get(str(row["env"]), 0) + int(row["length"])
    most = max(steps.values(), default=0)
    kept = {env for env, count in steps.items() if count >= TRAINING_SHARE * most}
    return tuple((float(row["return"]), int(row["length"])) for row in rows if str(row["env"]) in kept)


def same_so_far(one: Ran, other: Ran) -> bool:
    """Whether two runs have the same episodes, to the last bit, as far as both went."""
    pairs: Sequence[tuple[tuple[float, int], tuple[float, int]]] = list(
        zip(one.episodes, other.episodes, strict=False)
    )
    whole = one.whole and other.whole
    if whole and len(one.episodes) != len(other.episodes):
        return False
    return bool(pairs) and all(a == b for a, b in pairs)
