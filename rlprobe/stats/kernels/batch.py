"""A batch of any shape: sums in blocks, one update of the statistics, and standardising in blocks."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import (  # looked up in numpy, each costs 0.03 us more
    add,
    errstate,
    float32,
    float64,
    maximum,
    multiply,
    reciprocal,
    sqrt,
    subtract,
)

from rlprobe.stats.chan import Update
from rlprobe.stats.kernels.block import Blocks, Division
from rlprobe.stats.kernels.singles import SQUARES_VANISH_BELOW, Singles, is_large
from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.chan import Floats
    from rlprobe.stats.kernels.sample import Bounds
    from rlprobe.stats.moments import Moments


class Batch:
    """Counts batches and standardises them, in buffers that are kept.

    Args:
        moments: the statistics, which may be shared.
        epsilon: standard deviations below this count as this.
        limited: clips an array in place and returns it.
        bounds: of the results.
    """

    def __init__(
        self, moments: Moments, epsilon: float, limited: Callable[[Any], Any], bounds: Bounds
    ) -> None:
        self.moments, self.version, self.update = moments, moments.version, Update(moments.parts)
        self.centre, self.offset, self.m2 = moments.parts
        self.mean, self.inverse = np.empty((2, moments.size))
        self.floor, self.share = np.array(epsilon), np.empty(())  # arrays: ufuncs take them faster
        self.blocks, self.limited, self.bounds = Blocks(self.centre), limited, bounds
        self.singles = Singles(moments, self.update, self.blocks, limited)

    def counted(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
        """``rows``, shape ``(n, size)``, standardised after counting them.

        None, and nothing counted, if a value is not finite or has no finite square.
        """
        if self.moments.version != self.version:
            self.version = self.moments.version
            self.blocks.kept.clear()
        if is_large(rows):
            z, shift = np.empty(rows.shape, dtype=float32), self.singles.shift()
            if self.singles.sums(rows, shift, z):
                self._update(len(rows))
                return self.singles.finished(z, shift, self.mean, self.inverse)
        division = self.blocks.of(len(rows), float64)
        largest = self._double_sums(rows, division)
        if not largest < OVERFLOW:  # also true for NaN
            return None
        total = self._update(len(rows))
        within = largest * total < self.bounds.near
        return self._standardised(rows, division, self.mean, self.inverse, within=within)

    def standardised(self, rows: npt.NDArray[Any], mean: Floats, inverse: Floats) -> npt.NDArray[np.float32]:
        """``(rows - mean) * inverse``, clipped; nothing is counted."""
        if is_large(rows) and inverse.item(inverse.argmax()) < SQUARES_VANISH_BELOW**-0.5:
            z, shift = np.empty(rows.shape, dtype=float32), self.singles.shift()
            with errstate(invalid="ignore"):
                for place, block in self.blocks.of(len(rows), float32):
                    subtract(rows[place], block.laid_out(shift, block.other), z[place])
                return self.singles.finished(z, shift, mean, inverse)
        return self._standardised(rows, self.blocks.of(len(rows), float64), mean, inverse)

    def _update(self, n: int) -> int:
        """Count the ``n`` samples whose sums are known; mean and 1 / std after that. The new count."""
        share, inverse = self.share, self.inverse
        self.moments.count = total = self.moments.count + n
        share[()] = 1.0 / total
        self.update.apply(share)
        add(self.centre, self.offset, self.mean)
        multiply(self.m2, share, inverse)
        sqrt(inverse, inverse)
        self.bounds.renew(total)
        if total > self.bounds.wide:
            maximum(inverse, self.floor, out=inverse)
        reciprocal(inverse, inverse)
        return total

    # -- in float64 --------------------------------------------------------------------------------

    def _double_sums(self, rows: npt.NDArray[Any], division: Division) -> float:
        """Sums of the distances to the mean and of their squares; the largest square, which may be NaN."""
        update, last, largest = self.update, None, 0.0
        for place, block in division:
            y, squares = block.y, block.squares
            y[...] = rows[place]  # at once in float64: operations on two types take twice as long
            subtract(y, block.centre, y)
            if block is not last:
                offsets = block.laid_out(self.offset, block.other)
            subtract(y, offsets, y)
            try:
                multiply(y, y, squares)
            except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
                return inf
            most = squares.item(squares.argmax())
            if not most < OVERFLOW:
                return inf
            largest = max(largest, most)
            if last is None:
                block.ones.dot(y, update.s1)
                block.ones.dot(squares, update.s2)
            else:
                update.s1 += block.ones.dot(y)
                update.s2 += block.ones.dot(squares)
            last = block
        return largest

    def _standardised(
        self,
        rows: npt.NDArray[Any],
        division: Division,
        mean: Floats,
        inverse: Floats,
        *,
        within: bool = False,
    ) -> npt.NDArray[np.float32]:
        z, last = np.empty(rows.shape, dtype=float32), None
        for place, block in division:
            y, out = block.y, z[place]
            y[...] = rows[place]
            if block is not last:
                means, last = block.laid_out(mean, block.other), block
                inverses = block.laid_out(inverse, block.squares)
            subtract(y, means, y)
            multiply(y, inverses, y)
            out[...] = y
            if not within:
                self.limited(out)
        return z
