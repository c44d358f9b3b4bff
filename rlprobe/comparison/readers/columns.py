"""Columns of a table or of JSON lines as a log: which one counts the steps, and what the others say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import ROWS, STEPS, Kind, Log, LogError, Series
from rlprobe.comparison.metrics import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from rlprobe.comparison.log import Floats

STEP_NAMES: Final = (
    "time/total_timesteps", "total_timesteps", "num_timesteps", "global_step", "timesteps_total",
    "num_env_steps_sampled_lifetime", "num_env_steps_sampled", "env_steps", "env_step", "environment_steps",
    "timesteps", "timestep", "total_steps", "totalenvinteracts", "misc/total_timesteps", "total_env_steps",
    "num_steps", "steps", "step", "frames", "frame", "total_frames", "_step", "trainer/global_step",
)  # fmt: skip
EPISODE_NAMES: Final = ("episode", "episodes", "iteration", "training_iteration", "epoch", "update", "iter")
LENGTH_NAMES: Final = ("episode_length", "episodic_length", "ep_len", "ep_length", "length", "l")
SEED_NAMES: Final = ("seed", "config/seed", "random_seed", "args/seed")
TASK_NAMES: Final = ("env_id", "env", "task", "env_name", "environment", "config/env_id", "config/env")
ALGORITHM_NAMES: Final = ("algo", "algorithm", "alg", "agent", "config/algo")


def log_of(
    path: Path,
    kind: Kind,
    numbers: Mapping[str, Floats],
    said: Mapping[str, str],
    notes: Sequence[str] = (),
    *,
    broken: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    name: str = "",
) -> Log:
    """A log of columns.

    Args:
        path: the file.
        kind: how it was read.
        numbers: ``(n,)`` numbers by name of the column; NaN where nothing stands.
        said: text that every row has, by name of the column.
        notes: what could not be read.
        broken: ``(n,)`` by name: cells that hold NaN or infinity, as opposed to nothing.
        name: name of the run.

    Raises:
        LogError: there is no column of numbers.
    """
    if not numbers:
        raise LogError("no column of numbers found")
    steps, axis, used = _steps(numbers)
    facts = _facts(numbers, said)
    series = {}
    for column, values in numbers.items():
        kept = np.isfinite(values) | ((broken or {}).get(column, np.zeros(len(values), bool)))
        if column != used and kept.any():
            series[column] = Series.of(steps[kept], values[kept])
    return Log(path, kind, series, axis, name, facts, tuple(notes))


def _steps(numbers: Mapping[str, Floats]) -> tuple[Floats, str, str]:
    """The steps, what they count, and the column that they come from."""
    names = {plain(name): name for name in numbers}
    for wanted in STEP_NAMES:
        if wanted in names:
            steps = numbers[names[wanted]]
            return _filled(steps), STEPS, names[wanted]
    for wanted in LENGTH_NAMES:
        if wanted in names and np.isfinite(numbers[names[wanted]]).all():
            return np.cumsum(numbers[names[wanted]]), STEPS, ""
    for wanted in EPISODE_NAMES:
        if wanted in names:
            return _filled(numbers[names[wanted]]), f"{names[wanted]}s".replace("ss", "s"), names[wanted]
    count = len(next(iter(numbers.values())))
    return np.arange(1.0, count + 1), ROWS, ""


def _filled(steps: Floats) -> Floats:
    """A row without a step of its own has that of the row before it."""
    known = np.isfinite(steps)
    last = np.maximum.accumulate(np.where(known, np.arange(len(steps)), -1))
    return np.where(last >= 0, steps[np.maximum(last, 0)], np.nan)


def _facts(numbers: Mapping[str, Floats], said: Mapping[str, str]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for fact, wanted in (("seed", SEED_NAMES), ("task", TASK_NAMES), ("algorithm", ALGORITHM_NAMES)):
        for name, text in said.items():
            if plain(name) in wanted and text:
                facts.setdefault(fact, text)
    for name, values in numbers.items():
        known = values[np.isfinite(values)]
        if (
            plain(name) in SEED_NAMES
            and len(known)
            and (known == known[0]).all()
            and known[0] == int(known[0])
        ):
            facts.setdefault("seed", str(int(known[0])))
    return facts
