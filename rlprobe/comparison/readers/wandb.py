"""CSV exports of Weights & Biases: the lines of a chart, and the table of runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import STEPS, Log, Series
from rlprobe.comparison.metrics import plain
from rlprobe.comparison.readers.columns import ALGORITHM_NAMES, SEED_NAMES, STEP_NAMES, TASK_NAMES
from rlprobe.comparison.readers.text import number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BETWEEN: Final = " - "
"""Stands between the name of the run and that of the metric."""
BOUNDS: Final = ("__MIN", "__MAX")
RUN_COLUMNS: Final = {"name", "state"}


def runs_of(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> list[Log]:
    """The runs of an export; empty if the table is none."""
    if header and plain(header[0]) in {
        *STEP_NAMES,
        "relative_time_(process)",
        "relative_time_(wall)",
        "wall_time",
    }:
        return _chart(path, header, rows, notes)
    if {plain(name) for name in header} >= RUN_COLUMNS:
        return _runs_table(path, header, rows, notes)
    return []


def _chart(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> list[Log]:
    """A column a run, called ``run - metric``, with its bounds beside it."""
    lines = [
        (place, name.rsplit(BETWEEN, 1))
        for place, name in enumerate(header)
        if BETWEEN in name and not name.endswith(BOUNDS)
    ]
    steps = np.array([number(row[0]) for row in rows])
    axis = STEPS if plain(header[0]) in STEP_NAMES else header[0]
    runs: dict[str, dict[str, Series]] = {}
    for place, (run, metric) in lines:
        values = np.array([number(row[place]) for row in rows])
        known = np.array([bool(row[place].strip()) for row in rows])
        if known.any():
            runs.setdefault(run, {})[metric] = Series.of(steps[known], values[known])
    return [Log(path, "wandb", series, axis, run, notes=tuple(notes)) for run, series in runs.items()]


def _runs_table(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> list[Log]:
    """A row a run, with its settings and its last values."""
    places = {plain(name): place for place, name in enumerate(header)}
    logs = []
    for row in rows:
        numbers = {name: number(row[place]) for place, name in enumerate(header)}
        steps = next((numbers[header[places[s]]] for s in STEP_NAMES if s in places), 0.0)
        series = {n: Series(np.array([steps]), np.array([v])) for n, v in numbers.items() if np.isfinite(v)}
        facts = {
            fact: row[places[one]].strip()
            for fact, names in (("seed", SEED_NAMES), ("task", TASK_NAMES), ("algorithm", ALGORITHM_NAMES))
            for one in names
            if one in places and row[places[one]].strip()
        }
        seed = facts.get("seed", "")
        facts |= {"seed": re.sub(r"\.0$", "", seed)} if seed else {}
        logs.append(Log(path, "wandb", series, STEPS, row[places["name"]], facts, tuple(notes)))
    return logs
