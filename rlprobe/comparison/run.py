"""One training run: who it is, and its curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import STEPS, Series

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN_TASK: Final = ""
FEWEST_DISTINCT: Final = 3
"""Distinct values from which equal curves are the same run, and not two that both learned nothing."""
FEWEST_COMMON: Final = 20
"""Points that a curve has in common with a longer one of which it is an earlier copy, at least."""


@dataclass(frozen=True)
class Run:
    """A curve with its origin.

    Args:
        group: the argument of the command that it belongs to.
        path: file or folder.
        curve: the metric over steps; finite values only.
        axis: what its steps count.
        metric: name of the metric in the file.
        seed: as text, if known.
        seed_from: where the seed was read.
        task: id of the environment, or nothing.
        algorithm: as the configuration or the file says, or nothing.
        source: kind of the file.
        nan_since: step from which all values are NaN or infinite, if they are so to the end.
    """

    group: str
    path: Path
    curve: Series
    axis: str = STEPS
    metric: str = ""
    seed: str = ""
    seed_from: str = ""
    task: str = UNKNOWN_TASK
    algorithm: str = ""
    source: str = ""
    nan_since: float | None = None

    @property
    def budget(self) -> float:
        """The last step."""
        return float(self.curve.steps[-1])

    @property
    def label(self) -> str:
        """How it is called in a report."""
        return f"seed {self.seed}" if self.seed else self.path.name


def same(one: Run, other: Run) -> bool:
    """Whether two runs are one file, or have one curve, or one is an earlier copy of the other.

    Curves of few distinct values may be equal by chance: every episode of MountainCar returns -200.
    """
    if one.task and other.task and one.task != other.task:
        return False
    if one.path.exists() and one.path.resolve() == other.path.resolve() and one.metric == other.metric:
        return _equal(one.curve, other.curve)
    count = min(len(one.curve.values), len(other.curve.values))
    whole = len(one.curve.values) == len(other.curve.values)
    if not whole and count < FEWEST_COMMON:
        return False
    distinct = len(np.unique(one.curve.values[:count])) >= FEWEST_DISTINCT
    return distinct and np.array_equal(one.curve.values[:count], other.curve.values[:count])


def _equal(one: Series, other: Series) -> bool:
    return np.array_equal(one.values, other.values) and np.array_equal(one.steps, other.steps)
