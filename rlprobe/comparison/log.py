"""What a reader gives: named series of numbers over steps, and what the file says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Kind = Literal["monitor", "evaluations", "table", "jsonl", "events", "wandb", "array", "numbers"]
STEPS: Final = "environment steps"
ROWS: Final = "rows of the file"


class LogError(ValueError):
    """A file cannot be read as a log; the message says what was expected and what came."""


@dataclass(frozen=True)
class Series:
    """One metric of one run.

    Args:
        steps: ``(n,)`` where each value was recorded, in ascending order.
        values: ``(n,)`` the values, not all of them finite.
    """

    steps: Floats
    values: Floats

    @classmethod
    def of(cls, steps: npt.ArrayLike, values: npt.ArrayLike) -> Series:
        """In the order of the steps; points without a step are left out.

        >>> Series.of([20, 10], [2.0, 1.0]).values
        array([1., 2.])
        """
        given, numbers = np.asarray(steps, float), np.asarray(values, float)
        known = np.isfinite(given)
        order = np.argsort(given[known], kind="stable")
        return cls(given[known][order], numbers[known][order])


@dataclass(frozen=True)
class Log:
    """The content of one file, or of files that belong together.

    Args:
        path: the file.
        kind: how it was read.
        series: metrics by name.
        axis: what the steps count.
        name: name of the run, where one file holds several.
        facts: what the file says of itself: ``seed``, ``task``, ``algorithm``.
        notes: what could not be read, in words.
    """

    path: Path
    kind: Kind
    series: Mapping[str, Series]
    axis: str = STEPS
    name: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
