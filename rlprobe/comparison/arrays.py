"""Arrays as groups of runs: one score a seed, or one curve a seed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.comparison.log import Series
from rlprobe.comparison.run import Run

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.comparison.log import Floats


def runs_of(group: str, given: npt.ArrayLike) -> list[Run]:
    """One run a row, or a value.

    Args:
        group: name of the group.
        given: ``(seeds,)`` scores, or ``(seeds, points)`` curves, also of different length.

    Raises:
        ValueError: it has another shape, or is empty.
    """
    rows = _rows(given)
    if not rows or any(row.ndim != 1 or not row.size for row in rows):
        came = f"shape {np.shape(given)}" if rows is not None and _is_even(given) else repr(given)[:40]
        raise ValueError(
            f"{group}: expected numbers of shape (seeds,) or (seeds, points), or a curve a seed, got {came}"
        )
    axis = "points" if any(len(row) > 1 for row in rows) else "scores"
    return [_run(group, number, row, axis) for number, row in enumerate(rows)]


def _rows(given: npt.ArrayLike) -> list[Floats] | None:
    """The curve of each seed, which need not be of one length; nothing for what are no numbers."""
    try:
        if _is_even(given):
            values = np.asarray(given, dtype=float)
            return [row.reshape(-1) if values.ndim == 1 else row for row in values] if values.ndim else None
        return [np.asarray(row, dtype=float) for row in given]  # type: ignore[union-attr]
    except (TypeError, ValueError):
        return None


def _is_even(given: npt.ArrayLike) -> bool:
    """Whether all curves have one length."""
    try:
        np.shape(given)
    except ValueError:
        return False
    return True


def _run(group: str, number: int, row: Floats, axis: str) -> Run:
    steps, finite = np.arange(1.0, len(row) + 1), np.isfinite(row)
    since = None if finite[-1] else float(steps[np.flatnonzero(finite)[-1] if finite.any() else 0])
    path = Path(f"{group}[{number}]")
    return Run(
        group,
        path,
        Series(steps[finite], row[finite]),
        axis,
        source="array",
        seed=str(number),
        nan_since=since,
    )
