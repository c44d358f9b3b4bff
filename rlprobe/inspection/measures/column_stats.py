"""Everything an inspection keeps about each component of the observation, in one pass and fixed memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.measures.bins import Histograms
from rlprobe.inspection.measures.reservoir import Reservoir
from rlprobe.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.inspection.place import Place

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

KEPT_JUMPS: Final = 8
"""Largest steps from one observation to the next that are kept for each component."""
BOUND_TOLERANCE_SHARE: Final = 1e-5
"""Bounds may be missed by this share of their size (32-bit arithmetic)."""


class ColumnStats:
    """Running statistics of ``columns`` components.

    Args:
        low: declared lower bounds.
        high: declared upper bounds.

    ``low_at`` and ``high_at`` are the numbers of the rows at which the extremes stood; ``bad_at`` is that of
    the first value that was not finite, or -1.
    """

    def __init__(self, low: Floats, high: Floats) -> None:
        size = len(low)
        self.size, self.count = size, 0
        self.bounds = low, high
        slack = [
            BOUND_TOLERANCE_SHARE * np.maximum(1.0, np.where(np.isfinite(b), np.abs(b), 1.0))
            for b in (low, high)
        ]
        self._outer = low - slack[0], high + slack[1]
        self.moments = Moments((size,)) if size else None
        self.histograms = Histograms(size)
        self.low, self.high = np.full(size, np.inf), np.full(size, -np.inf)
        self.low_at, self.high_at = np.full(size, -1), np.full(size, -1)
        self.at_low, self.at_high, self.outside = (np.zeros(size, dtype=np.int64) for _ in range(3))
        self.bad, self.bad_at = np.zeros(size, dtype=np.int64), np.full(size, -1)
        self.bad_value = np.zeros(size)
        self.whole = np.ones(size, dtype=bool)
        self.sample = Reservoir(int(np.clip(1_000_000 // max(size, 1), 256, 8192)), 2 * size)
        self.jumps = np.zeros((KEPT_JUMPS, size))  # largest first; signed
        self.jumped_from = np.zeros((KEPT_JUMPS, size))
        self._found: dict[int, Place] = {}  # by number of the row

    def add(self, rows: Floats, before: Floats, where: Callable[[int], Place]) -> None:
        """Count the observations ``rows``.

        Args:
            rows: shape ``(n, columns)``.
            before: the observation before each in the same episode, likewise; NaN where there is none.
            where: place of the row with this index.
        """
        first = self.count
        if not len(rows) or not self.size:
            self.count += len(rows)
            return
        assert self.moments is not None
        finite = bool(np.isfinite(rows).all())
        if not finite:
            self._note_bad(rows, first)
        self.moments.add_rows(rows, skip_nonfinite=True)
        self.histograms.add(rows)
        self._extremes(rows if finite else np.where(np.isfinite(rows), rows, np.nan), first)
        low, high = self.bounds
        self.at_low += (rows <= low).sum(axis=0)
        self.at_high += (rows >= high).sum(axis=0)
        self.outside += ((rows < self._outer[0]) | (rows > self._outer[1])).sum(axis=0)
        if self.whole.any():
            self.whole &= (rows == np.rint(rows)).all(axis=0)
        self._differences(rows, before)
        self.count += len(rows)
        self._locate(first, where)

    def _note_bad(self, rows: Floats, first: int) -> None:
        bad = ~np.isfinite(rows)
        for column in np.flatnonzero(bad.any(axis=0) & (self.bad_at < 0)):
            row = int(np.argmax(bad[:, column]))
            self.bad_at[column], self.bad_value[column] = first + row, rows[row, column]
        self.bad += bad.sum(axis=0)

    def _extremes(self, rows: Floats, first: int) -> None:
        known = ~np.isnan(rows).all(axis=0)
        if not known.all():
            rows = np.where(known, rows, np.inf)
        columns = np.arange(self.size)
        for best, at, find, better in (
            (self.low, self.low_at, np.nanargmin, np.less),
            (self.high, self.high_at, np.nanargmax, np.greater),
        ):
            place = find(rows, axis=0)
            value = rows[place, columns]
            new = better(value, best) & known
            best[new], at[new] = value[new], first + place[new]

    def _differences(self, rows: Floats, before: Floats) -> None:
        """Steps from each observation to the next of the same episode."""
        with np.errstate(invalid="ignore"):
            delta = rows - before
        self.sample.add(np.concatenate([rows, delta], axis=1))
        size = np.nan_to_num(np.abs(delta), nan=0.0, posinf=0.0)
        for column in np.flatnonzero(size.max(axis=0) > np.abs(self.jumps[-1])):
            self._keep_jumps(int(column), delta[:, column], before[:, column], size[:, column])

    def _keep_jumps(self, column: int, delta: Floats, before: Floats, size: Floats) -> None:
        largest = np.argsort(-size, kind="stable")[:KEPT_JUMPS]
        jumps = np.concatenate([self.jumps[:, column], delta[largest]])
        origins = np.concatenate([self.jumped_from[:, column], before[largest]])
        usable = np.where(np.isfinite(jumps), np.abs(jumps), 0.0)
        order = np.argsort(-usable, kind="stable")[:KEPT_JUMPS]
        self.jumps[:, column] = np.where(usable[order] > 0, jumps[order], 0.0)
        self.jumped_from[:, column] = origins[order]

    def _locate(self, first: int, where: Callable[[int], Place]) -> None:
        """Remember where new extremes and bad values were, and forget those that no longer count."""
        rows = {int(row) for at in (self.low_at, self.high_at, self.bad_at) for row in at}
        kept = {row: place for row, place in self._found.items() if row in rows}
        self._found = kept | {row: where(row - first) for row in rows if row >= first}

    def place_of(self, row: int) -> Place | None:
        """Where the observation with this number, an extreme or a bad value, was made."""
        return self._found.get(int(row))

    @property
    def values(self) -> Floats:
        """A uniform sample of the observations, shape ``(m, columns)``."""
        return self.sample.rows[:, : self.size]

    @property
    def deltas(self) -> Floats:
        """The step that led to each of ``values``; NaN at resets."""
        return self.sample.rows[:, self.size :]
