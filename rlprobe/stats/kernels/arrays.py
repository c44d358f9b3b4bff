"""Count and standardise with NumPy: one sample at a time, or batches in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import add, divide, empty, float32, float64, maximum, multiply, reciprocal, sqrt, square, subtract

from rlprobe.stats.kernels.block import SQUARES_VANISH_BELOW, Array, Block, Float32s, aligned, clip
from rlprobe.stats.kernels.blocks import LINE_NUMBERS, Blocks, blocks_for
from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_VARIANCE, OVERFLOW

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats

LARGEST_SINGLE: Final = float(np.finfo(np.float32).max)
LARGEST_FACTOR: Final = SQUARES_VANISH_BELOW**-0.5
"""1 / std with which float32 is used, for constant components aside."""
FEW: Final = 64
"""So many results rarely have a sum of squares beyond that of the clip, which is compared sooner."""
MANY, LARGEST_VARIANCE = 1024, 1e30
"""Roots of more components are taken in float32, if it holds the variances."""
MOST_KEPT_SHAPES: Final = 8
"""Buffers are kept for this many different shapes of batches."""


class Arrays:
    """Counts samples of one array and standardises them; for the arguments see ``Kernel``."""

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, run: int = 1) -> None:
        self.moments, self.epsilon, self.run = moments, epsilon, run
        self.limit = LARGEST_SINGLE if clip is None else float(clip)
        self.radius, self.clipped = self.limit * self.limit, 0
        self.in_single = epsilon * LARGEST_FACTOR > 1.0
        self.floor = np.array(max(epsilon * epsilon, LEAST_VARIANCE))  # an array: ufuncs take it faster
        rows = aligned((5, moments.size), float64)
        rows[...] = 0.0
        self.squared_offset, self.offset, self.std, self.y, self.squares = rows
        self.lower, self.scales, self.upper, self.pair = rows[:2], rows[1:3], rows[2:4], rows[3:]
        self.share, self.roots = empty(()), aligned((moments.size,), float32)
        self.blocks: dict[Any, Block | Blocks] = {}  # while the centre stays
        self.version, self.wide = -1, 0.0  # up to this count no variance is below the floor
        self.looked_at = -1  # the count to which the scales belong, if not to a step

    def counted(self, x: Array, n: int) -> Float32s | None:
        """Add ``n`` samples of each component to the sums and standardise them; None if that is too large."""
        moments = self.moments
        self.renew()
        block = self.block(x)
        if (new := block.add_up(x)) is None and block.single:
            block = self.block(x, single=False)
            new = block.add_up(x)
        if new is None:
            return None
        add(moments.sums, new, moments.sums)
        self._find_variance(moments.count + n, self.std, self.squared_offset)
        reciprocal(sqrt(self.std, self.std), self.std)
        return block.standardised(x, self._limit, added=True)

    def counted_sample(self, x: Array) -> Float32s | None:
        """As ``counted``, a single sample."""
        moments, y, squares = self.moments, self.y, self.squares
        self.renew()
        y[...] = x  # at once in float64: operations on two types take twice as long
        subtract(y, moments.centre, y)
        try:
            square(y, squares)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        if not squares.item(squares.argmax()) < OVERFLOW:  # also true for NaN
            return None
        add(moments.sums, self.pair, moments.sums)
        self._find_variance(moments.count + 1, self.upper, self.lower)  # and what ``y`` is from the mean
        std, roots = self.std, self.roots
        if y.size > MANY and self.in_single and std.item(std.argmax()) < LARGEST_VARIANCE:
            z: Float32s = y.astype(float32)
            roots[...] = std
            divide(z, sqrt(roots, roots), z)
            self._limit(z)
        else:
            divide(y, sqrt(std, std), y)
            if y.size > FEW or not y.dot(y) <= self.radius:
                self._limit(y)
            z = y.astype(float32)
        return z

    def _find_variance(self, total: int, upper: Floats, lower: Floats) -> None:
        """Distance of the mean to the centre into ``offset``; the variance, by ``upper - lower``."""
        self.looked_at = -1
        self.share[()] = 1.0 / total
        multiply(self.moments.sums, self.share, self.scales)
        square(self.offset, self.squared_offset)
        subtract(upper, lower, upper)
        if total > self.wide:
            maximum(self.std, self.floor, out=self.std)

    def standardised(self, x: Array) -> Float32s:
        """``x`` with the statistics as they are; 0 where nothing has deviated yet.

        Raises:
            NotFiniteError: a result is not finite.
        """
        self.look()
        if x.size == self.y.size:  # a single sample
            y = self.y
            y[...] = x
            subtract(y, self.moments.centre, y)
            subtract(y, self.offset, y)
            multiply(y, self.std, y)
            self._limit(y)
            z: Float32s = y.astype(float32)
            return z
        single = x.size > LINE_NUMBERS and self.scales[1].max() < LARGEST_FACTOR
        return self.block(x, single=single).standardised(x, self._limit, added=False)

    def look(self) -> None:
        """Have the scales of the statistics as they are."""
        moments = self.moments
        self.renew()
        if self.looked_at != moments.count:
            offset, variance = moments.state.offset_and_variance()
            inverse = np.where(variance > 0.0, np.maximum(variance, self.floor) ** -0.5, LEAST_FACTOR)
            self.scales[...], self.looked_at = (offset, inverse), moments.count

    def renew(self) -> None:
        """Forget buffers that hold an earlier centre."""
        if self.version != self.moments.version:
            self.version, self.looked_at = self.moments.version, -1
            self.blocks.clear()
            self.wide = float(self.moments.sums[1].min()) / self.floor.item()

    def block(self, x: Array, *, single: bool = True) -> Block | Blocks:
        """Buffers for ``x``; with ``single`` in float32, if it is a large batch that float32 holds."""
        key = x.size, x.dtype.num, single
        found = self.blocks.get(key)
        if found is None:
            if len(self.blocks) >= MOST_KEPT_SHAPES:
                self.blocks.clear()
            found = blocks_for(
                x, self.run, self.moments.centre, self.scales, single=single and self.in_single
            )
            self.blocks[key] = found
        return found

    def _limit(self, y: Array) -> None:
        """Clip ``y`` in place, counting what was beyond; see ``clip``."""
        self.clipped += clip(y, self.limit)
