"""One table that holds several runs: a row names its seed or its run, or a column is a run."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import STEPS, Log, LogError, Series
from rlprobe.comparison.metrics import is_return, is_something_else, plain
from rlprobe.comparison.readers.columns import (
    ALGORITHM_NAMES,
    EPISODE_NAMES,
    SEED_NAMES,
    STEP_NAMES,
    TASK_NAMES,
    log_of,
)
from rlprobe.comparison.readers.text import is_said_nan, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rlprobe.comparison.log import Floats, Kind

    Columns = Mapping[str, Sequence[str]]

RUN_NAMES: Final = (
    "run_name", "run", "run_id", "runs", "trial", "trial_id", "replicate", "rep", "experiment",
    "experiment_id", "exp_name", "job_id", "worker_seed",
)  # fmt: skip
FACTS: Final = (
    ("seed", SEED_NAMES),
    ("task", TASK_NAMES),
    ("algorithm", ALGORITHM_NAMES),
    ("run", RUN_NAMES),
)
NUMBERED: Final = re.compile(
    r"^(?P<stem>.*?)[-_ ./]?(?:seed|run|rep|trial|s)?[-_ =.]?(?P<number>\d{1,6})$", re.IGNORECASE
)


def runs_of(path: Path, kind: Kind, columns: Columns, notes: Sequence[str]) -> list[Log]:
    """The runs of a table, by its rows or by its columns; one if it holds one.

    Args:
        path: the file.
        kind: how it was read.
        columns: cells of each column, by its name.
        notes: what could not be read.
    """
    parts = _by_rows(columns)
    if len(parts) > 1:
        return [_named(path, kind, part, notes, said) for said, part in parts]
    wide = _by_columns(path, kind, columns, notes)
    return wide or [_log(path, kind, columns, notes)]


def runs_by_rows(
    path: Path, kind: Kind, rows: Sequence[Mapping[str, object]], notes: Sequence[str]
) -> list[Log]:
    """The runs of rows of which more than one seed, task, algorithm or run is named; else empty."""
    wanted = {one for _, names in FACTS for one in names}
    if not any(_varies(rows, name) for name in rows[0] if plain(str(name)) in wanted):
        return []
    parts = _by_rows(rows_as_columns(rows))
    return [_named(path, kind, part, notes, said) for said, part in parts] if len(parts) > 1 else []


def _varies(rows: Sequence[Mapping[str, object]], name: str) -> bool:
    """Whether every row names something, and not all of them the same."""
    values = {row.get(name) if isinstance(row.get(name), Hashable) else None for row in rows}
    return len(values) > 1 and None not in values


def _log(path: Path, kind: Kind, columns: Columns, notes: Sequence[str], name: str = "") -> Log:
    numbers: dict[str, Floats] = {}
    broken, said = {}, {}
    for column, cells in columns.items():
        values = np.array([number(cell) for cell in cells])
        nans = np.array([is_said_nan(cell) for cell in cells])
        if np.isfinite(values).any() or nans.any():
            numbers[column], broken[column] = values, nans | np.isinf(values)
        elif cells and cells[0]:
            said[column] = cells[0]
    return log_of(path, kind, numbers, said, notes, broken=broken, name=name)


def _named(path: Path, kind: Kind, part: Columns, notes: Sequence[str], said: Mapping[str, str]) -> Log:
    """One run, with what its rows say of it."""
    label = said.get("run", "") or ", ".join(f"{fact} {value}" for fact, value in said.items())
    log = _log(path, kind, part, notes, label)
    known = {fact: value for fact, value in said.items() if fact != "run" and value}
    return replace(log, facts={**log.facts, **known})


def _by_rows(columns: Columns) -> list[tuple[dict[str, str], dict[str, list[str]]]]:
    """The rows of each run, by the columns that name seed, task, algorithm and run."""
    keys = {}
    for fact, names in FACTS:
        found = next((column for name in names for column in columns if plain(column) == name), None)
        if found is not None and len(set(columns[found])) > 1 and not _counts(fact, found, columns):
            keys[fact] = found
    if not keys:
        return []
    rows: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(zip(*(columns[name] for name in keys.values()), strict=True)):
        rows.setdefault(key, []).append(place)
    others = [name for name in columns if name not in keys.values()]
    return [
        (
            {fact: re.sub(r"\.0$", "", value) for fact, value in zip(keys, key, strict=True)},
            {name: [columns[name][place] for place in places] for name in others},
        )
        for key, places in rows.items()
    ]


def _counts(fact: str, column: str, columns: Columns) -> bool:
    """Whether a column only seems to name runs: a new value in each row while the steps go on."""
    cells = columns[column]
    if fact in {"task", "algorithm"} and all(np.isfinite(number(cell)) for cell in cells):
        return True
    if len(set(cells)) < len(cells):
        return False
    return any(
        plain(name) in {*STEP_NAMES, *EPISODE_NAMES} and len(set(columns[name])) > 1 for name in columns
    )


def _by_columns(path: Path, kind: Kind, columns: Columns, notes: Sequence[str]) -> list[Log]:
    """A column a seed, such as ``seed_0`` or ``ppo_3``; empty if a column is known as a return."""
    values = {name: np.array([number(cell) for cell in cells]) for name, cells in columns.items()}
    axis = next(
        (name for wanted in (*STEP_NAMES, *EPISODE_NAMES) for name in values if plain(name) == wanted), ""
    )
    runs = {name: NUMBERED.match(name) for name in values if name != axis and np.isfinite(values[name]).any()}
    if (
        len(runs) < 2
        or not all(runs.values())
        or any(is_return(name) or is_something_else(name) for name in runs)
    ):
        return []
    rows = len(next(iter(values.values())))
    steps = values[axis] if axis else np.arange(1.0, rows + 1)
    logs = []
    for name, found in runs.items():
        assert found is not None
        stem = found["stem"].strip("-_. ")
        known = np.array([bool(cell.strip()) for cell in columns[name]])
        facts = {"seed": found["number"]} | ({"algorithm": stem} if stem else {})
        series = {"return": Series.of(steps[known], values[name][known])}
        unit = STEPS if axis and plain(axis) in STEP_NAMES else axis or "rows of the file"
        logs.append(Log(path, kind, series, unit, name, facts, tuple(notes)))
    return logs


def rows_as_columns(rows: Sequence[Mapping[str, object]]) -> dict[str, list[str]]:
    """Rows with names as columns of cells; empty where a row lacks a name.

    Raises:
        LogError: there is no row.
    """
    if not rows:
        raise LogError("the file has no row")
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [_cell(row.get(name)) for row in rows] for name in names}


def _cell(value: object) -> str:
    if value is None or isinstance(value, (list, dict)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
