"""Exact histograms of many columns at once, over a stream of any length and any range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

BINS: Final = 64
FINEST_BITS: Final = 50
"""Bins are never narrower than 2**-FINEST_BITS of the largest value, so that bin numbers are exact."""


class Histograms:
    """A histogram of each column, of at most 64 bins whose width is a power of two.

    Value ``x`` falls in bin ``floor(x / width)``; dividing by a power of two is exact, so counts are those
    of ``numpy.histogram`` over ``edges``. Where a value falls outside, neighbouring bins are joined in
    pairs until all fit: no count is ever lost or estimated.

    >>> h = Histograms(1)
    >>> h.add(np.array([[0.0], [1.0], [1.5]]))
    >>> h.add(np.array([[100.0]]))
    >>> edges, counts = h.of(0)
    >>> counts.tolist() == np.histogram([0.0, 1.0, 1.5, 100.0], edges)[0].tolist()
    True
    """

    def __init__(self, columns: int) -> None:
        self.counts = np.zeros((columns, BINS), dtype=np.int64)
        self._low = np.full(columns, np.inf)
        self._high = np.full(columns, -np.inf)
        self._power = np.full(columns, -1100, dtype=np.int64)  # width is 2**power
        self._first = np.zeros(columns, dtype=np.int64)  # number of the first bin
        self._offset = np.arange(columns, dtype=np.int64) * BINS

    def add(self, rows: Floats) -> None:
        """Count every finite value of ``rows``, shape ``(n, columns)``."""
        if not len(rows):
            return
        finite = bool(np.isfinite(rows).all())
        low = rows.min(axis=0) if finite else np.where(np.isfinite(rows), rows, np.inf).min(axis=0)
        high = rows.max(axis=0) if finite else np.where(np.isfinite(rows), rows, -np.inf).max(axis=0)
        for column in np.flatnonzero((low < self._low) | (high > self._high)):
            self._fit(int(column), float(low[column]), float(high[column]))
        with np.errstate(invalid="ignore", over="ignore"):
            places = np.floor(np.ldexp(rows, -self._power))
        if finite:
            flat = places.astype(np.int64) + (self._offset - self._first)
        else:
            kept = np.isfinite(rows)
            numbers = np.where(kept, places, 0.0).astype(np.int64) + (self._offset - self._first)
            flat = numbers[kept]
        self.counts += np.bincount(flat.ravel(), minlength=self.counts.size).reshape(self.counts.shape)

    def _fit(self, column: int, low: float, high: float) -> None:
        """Widen the bins of ``column`` until ``low`` and ``high`` fit as well."""
        low, high = min(low, float(self._low[column])), max(high, float(self._high[column]))
        if not low <= high:
            return
        fresh = not self.counts[column].any()
        power = max(_narrowest(low, high), -1000 if fresh else int(self._power[column]))
        while np.floor(np.ldexp(high, -power)) - np.floor(np.ldexp(low, -power)) >= BINS:
            power += 1
        first = int(np.floor(np.ldexp(low, -power)))
        if not fresh:
            numbers = (self._first[column] + np.arange(BINS)) >> (power - int(self._power[column]))
            used = self.counts[column] > 0
            moved = np.zeros(BINS, dtype=np.int64)
            np.add.at(moved, numbers[used] - first, self.counts[column][used])
            self.counts[column] = moved
        self._power[column], self._first[column] = power, first
        self._low[column], self._high[column] = low, high

    def of(self, column: int) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Edges (n + 1) and counts (n) of one column, without the empty bins at both ends."""
        used = np.flatnonzero(self.counts[column])
        if not len(used):
            return np.zeros(0), np.zeros(0, dtype=np.int64)
        first, last = int(used[0]), int(used[-1])
        numbers = np.arange(first, last + 2) + self._first[column]
        edges: Any = np.ldexp(numbers.astype(np.float64), int(self._power[column]))
        return edges, self.counts[column, first : last + 1].copy()


def _narrowest(low: float, high: float) -> int:
    """The power of two below which the bins for these values are not drawn."""
    largest = max(abs(low), abs(high))
    exponent = int(np.frexp(largest)[1]) if largest > 0 else -900
    span = int(np.frexp(high - low)[1]) - 7 if 0 < high - low < np.inf else exponent - 10
    return max(exponent - FINEST_BITS, span, -1000)
