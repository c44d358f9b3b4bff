"""Count and standardise with NumPy: one sample at a time, or batches in blocks."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, divide, empty, float32, float64, maximum, multiply, reciprocal, sqrt, square, subtract

from rlprobe.stats.kernels.block import BLOCK_NUMBERS, Batch, aligned
from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_HELD, LEAST_VARIANCE, MOST_HELD, OVERFLOW

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Array, Float32s, Floats


class Arrays:
    """Counts samples of one array and standardises them; for the arguments see ``Kernel``."""

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, run: int = 1) -> None:
        self.moments, self.epsilon, self.run = moments, epsilon, run
        self.limit, self.clipped = float(np.finfo(float32).max if clip is None else clip), 0
        self.floor = np.array(max(epsilon * epsilon, LEAST_VARIANCE))  # an array: ufuncs take it faster
        self.in_single = self.floor.item() > LEAST_HELD
        rows = aligned((5, moments.size), float64)
        self.squared_offset, self.offset, self.std, self.y, self.squares = rows
        self.lower, self.scales, self.upper, self.pair = rows[:2], rows[1:3], rows[2:4], rows[3:]
        self.share, self.both = empty(()), aligned((2, moments.size), float32)
        self.roots, self.narrow = self.both
        self.batch = lru_cache(maxsize=8)(self._batch)  # buffers of so many shapes, while the centre stays
        self.version, self.looked_at = -1, -1  # of the moments, and their count, when ``look`` was called
        self.wide, self.most, self.held = 0.0, OVERFLOW, False

    def counted_sample(self, x: Array) -> Float32s:
        """As ``counted``, a single sample."""
        y, std, roots = self.y, self.std, self.roots
        y[...] = x  # at once in float64: operations on two types take twice as long
        subtract(y, self.moments.centre, y)
        if not y.dot(y) < self.most:  # also true for NaN
            raise FloatingPointError
        square(y, self.squares)
        self._add(self.pair, 1, self.upper, self.lower)  # also subtracts the offset from ``y``
        if self.held:  # roots and quotients in float32 take a third of the time
            self.both[...] = self.upper
            z: Float32s = divide(self.narrow, sqrt(roots, roots))
        else:
            z = divide(y, sqrt(std, std), y).astype(float32)
        self._limit(z)
        return z if x.ndim == 1 else z.reshape(x.shape)

    def counted(self, x: Array, n: int) -> Float32s:
        """Add ``n`` samples of each component to the sums (none if 0), and standardise them.

        Raises:
            FloatingPointError, RuntimeWarning: a value is not finite or too large; nothing has been counted.
        """
        batch, flat, total = self.batch(x.size, x.dtype.char), x.ravel(), self.moments.count + n
        rows, parts = batch.kept or batch.room()
        new: Any = None
        for block, place, y, columns in parts if n else ():
            block.load(flat[place], y)
            sums = block.add_up(y, columns)
            new = sums if new is None else add(new, sums, new)
        if n:
            s2 = new[1]
            if not s2.item(s2.argmax()) < self.most * n:  # also true for NaN
                raise FloatingPointError
            self._add(new, n, self.std, self.squared_offset)
            reciprocal(sqrt(self.std, self.std), self.std)
        for block, place, y, _ in parts:
            if not n:
                block.load(flat[place], y)
            block.standardise(y, self.scales, total if n else ~total)
            self._limit(y)
        z: Float32s = rows if batch.single else rows.astype(float32)
        return z if x.ndim == 2 else z.reshape(x.shape)

    def _add(self, new: Floats, n: int, upper: Floats, lower: Floats) -> None:
        """Count ``n`` samples by their sums; then find the offset, and the variance by ``upper - lower``."""
        moments = self.moments
        add(moments.sums, new, moments.sums)
        total, self.looked_at = moments.count + n, -1
        self.share[()] = 1.0 / total
        multiply(moments.sums, self.share, self.scales)
        square(self.offset, self.squared_offset)
        subtract(upper, lower, upper)
        if total > self.wide:
            maximum(self.std, self.floor, out=self.std)

    def look(self) -> None:
        """Have the limits of the centre as it is (see ``version``), and the scales (see ``looked_at``)."""
        moments = self.moments
        if self.version != moments.version:
            self.version, self.looked_at = moments.version, -1
            self.batch.cache_clear()
            least, most = moments.sums[1].min(), moments.sums[1].max()
            self.wide = float(least) / self.floor.item()  # up to this count no variance is below the floor
            self.held = self.in_single and most < MOST_HELD * moments.count
            self.most = MOST_HELD if self.held else OVERFLOW
        if self.looked_at != moments.count:
            offset, variance = moments.state.offset_and_variance()
            inverse = np.where(variance > 0.0, np.maximum(variance, self.floor) ** -0.5, LEAST_FACTOR)
            self.scales[...], self.looked_at = (offset, inverse), moments.count

    def _batch(self, numbers: int, kind: str) -> Batch:
        """Buffers for so many numbers of this type: in float32, if they are many and it holds them."""
        centre = self.moments.centre
        exact = kind == "B" and (centre == np.rint(centre)).all()  # float32 sums bytes exactly
        single = self.held and numbers > BLOCK_NUMBERS[float64] and (exact or kind == "f")
        return Batch(numbers // (len(centre) * self.run), self.run, centre, float32 if single else float64)

    def _limit(self, y: Array) -> None:
        """Clip the flat ``y`` in place, counting what was beyond; FloatingPointError if it is not finite."""
        limit = self.limit
        if y.item(y.argmax()) <= limit and y.item(y.argmin()) >= -limit:  # false for NaN
            return
        if not np.isfinite(y).all():
            raise FloatingPointError
        self.clipped += int(np.count_nonzero(np.abs(y) > limit))
        y.clip(-limit, limit, y)
