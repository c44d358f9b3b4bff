"""Arrays as groups of runs: one score a seed, or one curve a seed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.comparison.log import Series
from rlprobe.comparison.run import Run

if TYPE_CHECKING:
    import numpy.typing as npt


def runs_of(group: str, given: npt.ArrayLike) -> list[Run]:
    """One run a row, or a value.

    Args:
        group: name of the group.
        given: ``(seeds,)`` scores, or ``(seeds, points)`` curves.

    Raises:
        ValueError: it has another shape, or is empty.
    """
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{group}: expected numbers of shape (seeds,) or (seeds, points) of one length ({error})"
        ) from error
    if values.ndim not in {1, 2} or not values.size:
        raise ValueError(
            f"{group}: expected an array of shape (seeds,) or (seeds, points), got {values.shape}"
        )
    rows = values[:, None] if values.ndim == 1 else values
    return [_run(group, number, row) for number, row in enumerate(rows)]


def _run(group: str, number: int, row: Any) -> Run:
    steps, finite = np.arange(1.0, len(row) + 1), np.isfinite(row)
    since = None if finite[-1] else float(steps[np.flatnonzero(finite)[-1] if finite.any() else 0])
    kind = "points" if len(row) > 1 else "scores"
    path = Path(f"{group}[{number}]")
    return Run(
        group,
        path,
        Series(steps[finite], row[finite]),
        kind,
        source="array",
        seed=str(number),
        nan_since=since,
    )
