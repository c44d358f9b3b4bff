"""The logs of each run, read: every file that cannot be read is one line, the rest goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.finding.files import (
    is_process,
    matches,
    names_of,
    own_folders,
    shared_folders,
    units,
)
from rlprobe.comparison.finding.kinds import EVENTS
from rlprobe.comparison.finding.settings import MADE_UP, from_configuration, from_names, without_seed
from rlprobe.comparison.log import Log, LogError
from rlprobe.comparison.readers.evaluations import is_evaluations, read_evaluations
from rlprobe.comparison.readers.events import read_events
from rlprobe.comparison.readers.json_file import is_whole, read_json
from rlprobe.comparison.readers.jsonl import read_jsonl
from rlprobe.comparison.readers.mlflow import is_metric, read_metric
from rlprobe.comparison.readers.monitor import is_monitor, merged, read_monitor
from rlprobe.comparison.readers.numbers import read_numpy
from rlprobe.comparison.readers.table import read_parquet, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rlprobe.comparison.finding.files import Unit

EVALUATED: Final = re.compile(r"^(eval|evals|evaluation|evaluations|eval_logs?|test)$", re.IGNORECASE)
AT_ONCE: Final = (
    "were written at the same time and are read as the processes of one run; if each is a seed, give each a "
    "folder of its own"
)
Facts = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Candidate:
    """A run of which no metric has been chosen yet.

    Args:
        group: the argument that it belongs to.
        path: its folder or file.
        logs: what was read.
        facts: seed, task and algorithm, each with its origin.
        notes: what could not be read, in words.
    """

    group: str
    path: Path
    logs: tuple[Log, ...]
    facts: Facts = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def candidates(group: str, argument: str) -> tuple[list[Candidate], list[str]]:
    """The runs below an argument, and what could not be read.

    Raises:
        FileNotFoundError: nothing matches the argument.
        LogError: there is no log file.
    """
    found: list[Candidate] = []
    problems: list[str] = []
    here = units(argument)
    if not here:
        raise LogError(
            f"{argument}: no log file found; expected CSV, JSON, NumPy or TensorBoard files, such as "
            f"monitor.csv, progress.csv or evaluations.npz, in it or below it{_pickles(argument)}"
        )
    for unit in here:
        logs, said = _read(unit)
        problems += said
        found += _runs(group, unit, logs)
    return found, problems


def _pickles(argument: str) -> str:
    """A word on pickles, if that is what there is."""
    here = [
        path for start in matches(argument) for path in ([start] if start.is_file() else start.rglob("*"))
    ]
    found = next((path for path in here if path.suffix in {".pkl", ".pickle", ".pt", ".pth"}), None)
    return f"; {found.name} is a pickle, which can run code and is never loaded: save arrays" if found else ""


def _runs(group: str, unit: Unit, logs: Sequence[Log]) -> list[Candidate]:
    """One run, or one for each that a file holds."""
    facts = _facts(unit)
    several = [log for log in logs if log.name]
    runs = [
        Candidate(
            group,
            log.path,
            (log,),
            {k: v for k, v in facts.items() if k != "seed"} | _named(log) | _said(log),
            log.notes,
        )
        for log in several
    ]
    rest = tuple(log for log in logs if not log.name)
    monitors = _separate([log for log in rest if log.kind == "monitor"])
    if len(monitors) > 1:
        return runs + [
            Candidate(
                group,
                log.path,
                (log,),
                from_names([log.path.name]) | _said(log) | {k: v for k, v in facts.items() if k != "seed"},
                log.notes,
            )
            for log in monitors
        ]
    rest = (*monitors, *(log for log in rest if log.kind != "monitor"))
    if rest:
        said: Facts = {}
        for log in rest:
            said |= {k: v for k, v in _said(log).items() if k not in said}
        notes = tuple(note for log in rest for note in log.notes)
        runs.append(Candidate(group, unit.home, rest, _merged(facts, said), notes))
    return runs


def _named(log: Log) -> Facts:
    """What the name of a run in a file of several says."""
    found = from_names([log.name])
    label = "" if MADE_UP.match(log.name) else without_seed(log.name)
    return ({"algorithm": (label, f"the name {log.name}")} if label else {}) | found


def _merged(facts: Facts, said: Facts) -> Facts:
    """What files say goes before what names say, and configurations go before both."""
    configured = {k: v for k, v in facts.items() if not v[1].startswith("the name")}
    return facts | said | configured


def _said(log: Log) -> Facts:
    return {fact: (value, log.path.name) for fact, value in log.facts.items() if fact != "t_start"}


def _facts(unit: Unit) -> Facts:
    shared = from_configuration(shared_folders(unit))
    shared.pop("seed", None)
    names = names_of(unit)
    named = from_names(names[:-1] or names)  # the folder that the user named holds all seeds
    for name in (*names, *reversed(unit.home.absolute().parts)):
        task = from_names([name]).get("task")
        if task:
            named.setdefault("task", task)
    return named | shared | from_configuration(own_folders(unit))


def _separate(monitors: Sequence[Log]) -> list[Log]:
    """Monitor files that lie in one folder: one log if written at the same time, else each alone."""
    processes = [log for log in monitors if log.path.is_file() and is_process(log.path)]
    others = [log for log in monitors if log not in processes]
    if len(processes) < 2:
        return list(monitors)
    spans = [
        (float(log.facts.get("t_start", 0.0)), float(log.series["monitor/time"].values[-1]))
        for log in processes
        if "monitor/time" in log.series
    ]
    together = len(spans) < len(processes) or max(start for start, _ in spans) <= min(end for _, end in spans)
    if not together:
        return [*processes, *others]
    one = merged(processes)
    note = f"its {len(processes)} monitor files {AT_ONCE}"
    return [replace(one, notes=(*one.notes, note)), *others]


def _read(unit: Unit) -> tuple[list[Log], list[str]]:
    logs: list[Log] = []
    problems: list[str] = []
    events: dict[Path, list[Path]] = {}
    for path in unit.files:
        if EVENTS in path.name:
            events.setdefault(path.parent, []).append(path)
            continue
        try:
            logs += [_in_evaluation(log, unit) for log in read(path)]
        except (LogError, OSError) as error:
            problems.append(f"{path}: not read: {error}")
    for folder, paths in events.items():
        try:
            logs.append(read_events(paths))
        except (LogError, OSError) as error:
            problems.append(f"{folder}: not read: {error}")
    return logs, problems


def read(path: Path) -> list[Log]:
    """The logs in one file.

    Raises:
        LogError: it cannot be read as what its name says.
        OSError: it cannot be read at all.
    """
    kind = path.suffix.lower()
    if kind in {".npz", ".npy"}:
        return [read_evaluations(path)] if is_evaluations(path) else read_numpy(path)
    if kind == ".parquet":
        return read_parquet(path)
    if kind == ".json" and is_whole(path):
        return read_json(path)
    if kind in {".jsonl", ".ndjson", ".json"}:
        return read_jsonl(path)
    if is_metric(path):
        return [read_metric(path)]
    with path.open("rb") as file:
        head = file.read(200).decode("utf-8", errors="replace")
    return [read_monitor(path)] if is_monitor(head) else read_table(path)


def _in_evaluation(log: Log, unit: Unit) -> Log:
    """Monitor files of the environment of evaluations are no training returns."""
    if log.kind != "monitor" or not unit.home.is_dir():
        return log
    inner = log.path.relative_to(unit.home).parts[:-1] if log.path.is_relative_to(unit.home) else ()
    if not any(EVALUATED.match(part) for part in inner):
        return log
    series = {name.replace("monitor/", "evaluations/episode_"): one for name, one in log.series.items()}
    return replace(log, kind="table", series=series)


def names_in(found: Iterable[Candidate]) -> list[str]:
    """Every metric that a run has."""
    return list(dict.fromkeys(name for one in found for log in one.logs for name in log.series))
