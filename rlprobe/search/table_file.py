"""Tables of trials as CSV: a column for each parameter and one for the result."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.metrics import plain
from rlprobe.comparison.readers.text import number, text_of, whole_lines
from rlprobe.search.table import Parameter, Trials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FEWEST: Final = 5
SEEDS: Final = ("seed", "random_seed", "config/seed", "params_seed", "user_attrs_seed")
OBJECTIVES: Final = (
    "value", "values_0", "objective", "score", "return", "mean_return", "episodic_return", "mean_reward",
    "reward", "eval/mean_reward", "rollout/ep_rew_mean", "charts/episodic_return", "eval_return", "metric",
    "result",
)  # fmt: skip
NO_PARAMETERS: Final = (
    "number", "trial", "trial_id", "state", "name", "id", "step", "seed", "duration", "sweep", "tags", "user",
    "notes", "hostname", "host", "group", "job_type", "github", "run", "run_id", "run_name", "commit",
    "updated", "status",
)  # fmt: skip
LOGGED: Final = re.compile(
    r"^(_|losses?/|charts/|rollout/|train/|eval/|time/|system/|metrics/|val/|test/|perf/)"
)
"""How names of columns begin that a run has logged, as exports of W&B have them beside the settings."""
TIMES: Final = (
    "datetime",
    "duration",
    "user_attrs",
    "system_attrs",
    "created",
    "runtime",
    "_runtime",
    "_timestamp",
)
LOG_FROM: Final = 50.0
"""Positive numbers are drawn on a logarithmic scale if the largest is as many times the smallest."""


class StudyError(ValueError):
    """A study cannot be read; the message says what was expected and what came."""


def numeric(name: str, values: np.ndarray[Any, np.dtype[np.float64]], *, powers: bool = False) -> Parameter:
    """A parameter of which only values are known: its range is theirs, its scale is guessed from it."""
    low, high = float(values.min()), float(values.max())
    two = powers and low > 0 and bool(np.all(np.log2(values) == np.floor(np.log2(values))))
    log = low > 0 and high / low >= (4 if two else LOG_FROM)
    two = two and log
    whole = bool(np.all(values == np.floor(values)))
    kind = "pow2" if two else ("logint" if whole else "log") if log else ("int" if whole else "lin")
    return Parameter(name, values, log, low, high, kind)


def of_table(path: Path, objective: str | None, *, minimise: bool) -> Trials:
    """The trials of a CSV: a column for each parameter and one for the result.

    Raises:
        StudyError: the column of the result is not there, or there are too few rows.
    """
    lines, cut = whole_lines(text_of(path))
    mark = max(",\t;", key=lines[0].count)
    table = list(csv.reader(lines, delimiter=mark))
    header = [name.strip() for name in table[0]]
    rows = [row for row in table[1:] if len(row) == len(header)]
    columns = {name: [row[place].strip() for row in rows] for place, name in enumerate(header) if name}
    result = _result(path, columns, objective)
    values = np.array([number(cell) for cell in columns[result]])
    kept = np.isfinite(values)
    doubts = [*cut]
    if not kept.all():
        doubts.append(f"{int((~kept).sum())} of {len(kept)} trials have no finite {result} and are left out")
    check_count(int(kept.sum()), f"trials with a {result}")
    chosen = _parameters(columns, result)
    made = [
        _parsed(name, [cell for cell, keep in zip(columns[name], kept, strict=True) if keep])
        for name in chosen
    ]
    doubts += [
        f"{name} has empty cells and is left out"
        for name, one in zip(chosen, made, strict=True)
        if one is None
    ]
    varied = [one for one in made if one is not None and len(np.unique(one.values)) > 1]
    if not varied:
        raise StudyError(f"{path}: no column varies besides {result}")
    sign = -1.0 if minimise else 1.0
    seeded = any(plain(name) in SEEDS for name in columns)
    return together(Trials(tuple(varied), sign * values[kept], (), minimise, tuple(doubts)), seeded=seeded)


def together(trials: Trials, *, seeded: bool) -> Trials:
    """Rows that differ in their seed only as one trial: they say nothing more of the settings."""
    if not seeded:
        return trials
    settings = list(zip(*(one.values.tolist() for one in trials.parameters), strict=True))
    places: dict[tuple[object, ...], list[int]] = {}
    for place, setting in enumerate(settings):
        places.setdefault(setting, []).append(place)
    if len(places) == len(settings):
        return trials
    first = [rows[0] for rows in places.values()]
    repeats = [tuple(float(trials.values[row]) for row in rows) for rows in places.values()]
    counts = sorted({len(one) for one in repeats})
    each = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    said = f"{len(settings)} rows are {len(places)} settings with {each} seeds each: each setting counts once"
    check_count(len(places), "settings")
    return replace(
        trials,
        parameters=tuple(replace(one, values=one.values[first]) for one in trials.parameters),
        values=np.array([float(np.mean(one)) for one in repeats]),
        repeats=tuple(one for one in repeats if len(one) > 1),
        doubts=(*trials.doubts, said),
    )


def _result(path: Path, columns: Mapping[str, Sequence[str]], objective: str | None) -> str:
    names = {plain(name): name for name in columns}
    wanted = [plain(objective)] if objective else list(OBJECTIVES)
    found = next((names[one] for one in wanted if one in names), None)
    if found is None:
        asked = f"no column {objective!r}" if objective else "no column of results"
        raise StudyError(f"{path}: {asked}; name one with --metric: {', '.join(columns)}")
    return found


def _parameters(columns: Mapping[str, Sequence[str]], result: str) -> list[str]:
    """The columns with parameters: those of Optuna are marked, else what is not known as something else."""
    marked = [name for name in columns if name.startswith("params_") and plain(name) not in SEEDS]
    others = [
        name
        for name in columns
        if name != result
        and plain(name) not in {*NO_PARAMETERS, *OBJECTIVES, *SEEDS}
        and not plain(name).startswith(TIMES)
        and not LOGGED.match(plain(name))
    ]
    return marked or others


def _parsed(name: str, cells: Sequence[str]) -> Parameter | None:
    short = name.removeprefix("params_")
    if not all(cells):
        return None
    values = np.array([number(cell) for cell in cells])
    if np.isfinite(values).all():
        return numeric(short, values, powers=len(np.unique(values)) <= 12)
    return Parameter(short, np.array(cells), kind="choice")


def check_count(count: int, what: str) -> None:
    """Raise ``StudyError`` if there are too few trials to say anything."""
    if count < FEWEST:
        raise StudyError(f"only {count} {what}; at least {FEWEST} are needed, and 50 see what matters")
