"""The state of running statistics: sums of the distances to a centre, and of their squares."""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, culprit

Array: TypeAlias = npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float64]
Float32s: TypeAlias = npt.NDArray[np.float32]


class State(NamedTuple):
    """The state of the statistics of ``size`` components.

    With ``s1, s2 = sums``: ``mean = centre + s1 / n`` and ``var = s2 / n - (s1 / n)**2``. The centre is near
    the mean at an earlier count of at least a quarter of ``n``. So ``s2`` is at most 16 times the sum of the
    squared deviations, and the difference costs four bits at most.

    Args:
        n: number of samples.
        counts: number of samples of each component, shape ``(size,)``; None while it is the same for all.
        centre: what is subtracted from every sample, shape ``(size,)``.
        sums: sums of the distances and of their squares, shape ``(2, size)``.

    Source: Chan, Golub, LeVeque (1983), "Algorithms for computing the sample variance", shifted data.
    """

    n: int
    counts: Floats | None
    centre: Floats
    sums: Floats

    def each(self) -> Floats:
        """Number of samples of each component."""
        return np.full(len(self.centre), float(self.n)) if self.counts is None else self.counts

    def offset_and_variance(self) -> tuple[Floats, Floats]:
        """Distance of the mean to the centre, and the variance (the population's); 0 without a sample."""
        s1, s2 = self.sums / np.maximum(self.each(), 1.0)
        return s1, np.maximum(s2 - s1 * s1, 0.0)

    def about(self, centre: Floats) -> Floats:
        """The sums about another centre."""
        (s1, s2), n, d = self.sums, self.each(), self.centre - centre
        return np.stack([s1 + n * d, np.maximum(s2 + d * (2.0 * s1 + n * d), 0.0)])

    def centred(self) -> State:
        """The same with the mean as centre, rounded as far as that moves it by no more than the std.

        To a whole number or to float32: kernels subtract such a centre exactly.
        """
        offset, variance = self.offset_and_variance()
        mean = centre = self.centre + offset
        with np.errstate(over="ignore"):
            rounded = mean.astype(np.float32).astype(np.float64), np.rint(mean)
        for near in rounded:
            centre = np.where((near - mean) ** 2 <= variance, near, centre)
        return self._replace(centre=centre, sums=self.about(centre))


def deviation(n: float, s1: float, s2: float) -> float:
    """Standard deviation of a single component, from its sums."""
    mean = s1 / n
    variance = s2 / n - mean * mean
    return sqrt(variance) if variance > 0.0 else 0.0


def distances(x: Array, centre: Floats) -> Floats:
    """``x - centre`` in float64; 64-bit integers, of which that holds 53 bits, are subtracted as such.

    >>> distances(np.array([2**60 + 1, 2**60 + 3]), np.array([2.0**60])).tolist()
    [1.0, 3.0]
    """
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8:
        return np.asarray(x.astype(np.float64) - centre)
    bounds = np.iinfo(x.dtype)
    inside = np.nextafter(float(bounds.max), 0.0)  # the largest float below: bounds.max itself is none
    base = np.floor(centre).clip(float(bounds.min), inside)
    with np.errstate(over="ignore"):
        apart = np.ascontiguousarray(x - base.astype(x.dtype))
    return np.asarray(apart.view(np.int64) - (centre - base))


def centred_rows(rows: Array, *, skip_nonfinite: bool) -> State:
    """The state of ``rows``, shape ``(n, size)``, without values that have no finite square.

    Raises:
        FoundNonFiniteError: there is such a value, and it may not be skipped.
    """
    values = rows.astype(np.float64)
    valid = np.abs(values) < SQUARE_OVERFLOWS_FROM
    if not (skip_nonfinite or valid.all()):
        raise culprit(values)
    n = valid.sum(axis=0).astype(np.float64)
    first = np.take_along_axis(rows, valid.argmax(axis=0)[None], axis=0)[0].astype(np.float64)
    centre = np.where(n > 0, first, 0.0)
    centre = centre + np.where(valid, distances(rows, centre), 0.0).sum(axis=0) / np.maximum(n, 1.0)
    y = np.where(valid, distances(rows, centre), 0.0)
    sums = np.stack([y.sum(axis=0), (y * y).sum(axis=0)])
    return State(len(rows), None if valid.all() else n, centre, sums)


def pooled(mine: State, other: State) -> State:
    """The state of both streams as one."""
    centre = np.where(mine.each() >= other.each(), mine.centre, other.centre)
    counts = None if mine.counts is None and other.counts is None else mine.each() + other.each()
    return State(mine.n + other.n, counts, centre, mine.about(centre) + other.about(centre)).centred()


def later(now: State, before: State) -> State:
    """The state of what was counted between ``before`` and ``now``: ``pooled`` undone.

    Raises:
        ValueError: ``before`` has counted more than ``now``, so it is not an earlier state of it.
    """
    n = now.each() - before.each()
    if before.n > now.n or (n < 0).any():
        raise ValueError(
            f"expected an earlier copy of these statistics, but it has counted {before.n} samples and "
            f"this has {now.n}: take the snapshot with copy() before the work that is to be measured"
        )
    s1, s2 = np.where(n > 0, now.sums - before.about(now.centre), 0.0)
    sums = np.stack([s1, np.where(n == 1, s1 * s1, s2)])
    counts = None if (n == now.n - before.n).all() else n
    return State(now.n - before.n, counts, now.centre, sums).centred()
