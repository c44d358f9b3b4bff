"""Read a run back: our own folder, ``progress.csv`` of Stable-Baselines3, TensorBoard events, any CSV."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.curves import Curves
from rlprobe.monitors.findings.finding import Finding, ordered, verdict_of
from rlprobe.monitors.report.events import scalars
from rlprobe.monitors.report.foreign import FEWEST_ROWS, judged, our_name
from rlprobe.monitors.writing import ROWS, VERDICT

if TYPE_CHECKING:
    import os

    from rlprobe.monitors.findings.finding import Verdict

STEP_COLUMNS = (
    "time/total_timesteps",
    "total_timesteps",
    "global_step",
    "timesteps",
    "step",
    "steps",
    "Step",
)
SECONDS_COLUMNS = ("time/time_elapsed", "seconds", "time")
FEWEST_STEPS = 500


@dataclass
class PastRun:
    """A run that was read from files."""

    name: str
    curves: Curves = field(default_factory=Curves)
    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    verdict: Verdict = "too early"
    steps: int = 0
    seconds: float = 0.0


class NoRunError(ValueError):
    """There is nothing that can be read as a run; the message says what was expected."""


def read(place: str | os.PathLike[str]) -> PastRun:
    """The run in a folder or file.

    Args:
        place: a folder that `rlprobe run` wrote, one with ``progress.csv`` or event files in it, or such a
            file.

    Raises:
        NoRunError: there is nothing of the kind.
    """
    path = Path(place)
    if not path.exists():
        raise NoRunError(f"{path}: no such file or folder")
    run = PastRun(path.resolve().name)
    if path.is_dir() and (path / ROWS).exists():
        return _own(run, path)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    tables = [one for one in files if one.suffix == ".csv" and "monitor" not in one.name]
    events = [one for one in files if ".tfevents." in one.name]
    if tables:
        _table(run, tables[0])
    elif events:
        _events(run, events)
    if not run.curves.all:
        raise NoRunError(
            f"{path}: expected a folder of `rlprobe run`, a CSV with one row for each update, or TensorBoard "
            f"events{''.join(f'; {one}' for one in run.problems)}"
        )
    run.findings = ordered(judged(run.curves, run.steps))
    run.verdict = verdict_of(run.findings, enough=_enough(run))
    return run


def _enough(run: PastRun) -> bool:
    """Whether a run is long enough to be called healthy, with a curve of which something can be said."""
    longest = max((len(series) for series in run.curves.all.values()), default=0)
    return run.steps >= FEWEST_STEPS and longest >= FEWEST_ROWS


def _own(run: PastRun, folder: Path) -> PastRun:
    """A folder that we wrote; damaged lines are left out and counted."""
    damaged = 0
    for text in (folder / ROWS).read_text("utf-8", errors="replace").splitlines():
        try:
            row = json.loads(text)
            if "schema" in row:
                run.name, run.steps = row.get("run") or run.name, int(row["steps"])
                run.seconds = float(row["seconds"])
            else:
                value = float("nan") if row["value"] is None else float(row["value"])
                run.curves.add(str(row["name"]), int(row["step"]), value)
        except (ValueError, KeyError, TypeError):
            damaged += 1
    if damaged:
        run.problems.append(f"{ROWS}: {damaged} damaged {_plural('line', damaged)} left out")
    try:
        _verdict(run, json.loads((folder / VERDICT).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        run.problems.append(f"{VERDICT} could not be read ({error}): judged again from the curves alone")
        run.findings = ordered(judged(run.curves, run.steps))
        run.verdict = verdict_of(run.findings, enough=_enough(run))
    return run


def _verdict(run: PastRun, said: dict[str, Any]) -> None:
    keys = ("id", "severity", "since_step", "evidence", "value")
    run.findings = [
        Finding(**{key: one[key] for key in keys}, range=(one["range"][0], one["range"][1]))
        for one in said["findings"]
    ]
    run.verdict, run.steps, run.seconds = said["verdict"], said["steps"], said["seconds"]
    run.problems += said.get("problems", [])


def _table(run: PastRun, path: Path) -> None:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        lines = [line for line in file if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    names = list(rows[0]) if rows else []
    step_name = next((name for name in STEP_COLUMNS if name in names), None)
    damaged = 0
    for number, row in enumerate(rows):
        step = _number(row.get(step_name)) if step_name else float(number)
        if step is None:
            damaged += 1
            continue
        run.steps = max(run.steps, int(step))
        for name, text in row.items():
            value = _number(text)
            if name and name != step_name and value is not None:
                run.curves.add(our_name(name), int(step), value)
            if name in SECONDS_COLUMNS and value is not None:
                run.seconds = value
    if damaged:
        run.problems.append(f"{path.name}: {damaged} {_plural('row', damaged)} without a step left out")
    cut = sum(1 for row in rows if None in row.values()) - damaged
    if cut > 0:
        run.problems.append(f"{path.name}: {cut} {_plural('row', cut)} cut off before the last column")
    if step_name is None and rows:
        run.problems.append(f"{path.name} has no column of steps ({', '.join(STEP_COLUMNS[:4])}): rows count")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _events(run: PastRun, files: list[Path]) -> None:
    found = []
    for path in files:
        rows, problem = scalars(path)
        found += rows
        run.problems += [problem] if problem else []
    for name, step, value in sorted(found, key=lambda row: row[1]):
        run.curves.add(our_name(name), step, value)
        run.steps = max(run.steps, step)
