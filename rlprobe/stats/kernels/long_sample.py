"""One sample of many components at a time, in as few ufunc calls as will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import (  # looked up in numpy, each costs 0.03 us more
    add,
    divide,
    float32,
    multiply,
    sqrt,
    subtract,
)

from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Moments

SINGLE: Final = 1e30
"""Variances between its inverse and this, and the squares that led to them, are well within float32."""


class LongSample:
    """Counts single samples and standardises them; the moments live in buffers that are changed in place.

    ``d = x - mean``; ``mean += d / n``; ``h = d * (n - 1) / n``; ``m2 += d * h``; ``z = h / sqrt(m2 / n)``.

    Args:
        moments: the statistics, which may be shared: whoever else exchanges their arrays is noticed.
        epsilon: standard deviations below this count as this.
        clip: the limit of what comes out.
    """

    def __init__(self, moments: Moments, epsilon: float, clip: float) -> None:
        self.moments = moments
        self.floor, self.floor_squared = np.array(epsilon), max(epsilon * epsilon, 1e-300)
        self.clip_squared = 0.99 * clip * clip
        state, change = np.empty((2, 2, moments.size))
        self.flat_state, self.flat_change = state.reshape(-1), change.reshape(-1)
        self.offset, self.m2 = state
        self.step, self.product = change
        self.centre = moments.centre
        self.plain = False
        pair = np.empty((2, moments.size))  # few buffers, so that they stay in the fastest cache
        self.pair, (self.distance, self.rest) = pair, pair
        self.single = np.empty((2, moments.size), dtype=float32)
        self.single_std, self.single_rest = self.single
        self.inverse, self.share = np.empty(()), np.empty(())
        self.epoch, self.again = -1, 0  # what follows is known for this epoch and up to this count
        self.near = 0.0  # below this, d * h * n is surely within the clip
        self.most = 0.0  # no m2 is larger
        self.wide = 0.0  # up to this count no standard deviation is below epsilon
        self.fine = False  # no variance is too small for float32

    def counted(self, x: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], bool] | None:
        """The flat ``x`` standardised after counting it, and whether it is surely within the clip.

        None, and nothing counted, if a value is not finite or has no finite square.
        """
        moments, d, rest, product = self.moments, self.distance, self.rest, self.product
        n = moments.count + 1
        if n & (n - 1) == 0:
            moments.recentre(plain=True)
        if (
            moments.offset is not self.offset
            or moments.m2 is not self.m2
            or moments.centre is not self.centre
        ):
            self._take()
        if self.plain:
            subtract(x, self.offset, d)
        else:
            subtract(x, self.centre, d)
            subtract(d, self.offset, d)
        self.inverse[()], self.share[()] = 1.0 / n, (n - 1) / n
        multiply(d, self.inverse, self.step)
        multiply(d, self.share, rest)
        try:
            multiply(d, rest, product)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        largest = product.item(product.argmax())
        if not largest < OVERFLOW:
            return None
        add(self.flat_state, self.flat_change, self.flat_state)
        moments.count = n
        self.most += largest
        z = self._standardised(n)
        return z, largest * n < self.near

    def _standardised(self, n: int) -> npt.NDArray[np.float32]:
        z: npt.NDArray[np.float32]
        std = multiply(self.m2, self.inverse, self.distance)
        if n > self.again or self.epoch != self.moments.epoch:
            self._look(n)
        if self.fine and self.most < SINGLE:
            self.single[...] = self.pair
            z = divide(self.single_rest, sqrt(self.single_std, self.single_std))
            return z
        sqrt(std, std)
        if n > self.wide:
            np.maximum(std, self.floor, out=std)
        z = divide(self.rest, std).astype(float32)
        return z

    def _take(self) -> None:
        """Bring the moments into the buffers, where they stay until someone exchanges their arrays."""
        moments = self.moments
        self.offset[...], self.m2[...] = moments.offset, moments.m2
        moments.offset, moments.m2 = self.offset, self.m2
        self.centre = moments.centre
        self.plain = not self.centre.any()
        self.epoch = -1

    def _look(self, n: int) -> None:
        """Find out what will hold until the count has doubled: ``m2`` never falls."""
        least, self.most = float(self.m2.min()), float(self.m2.max())
        self.epoch, self.again = self.moments.epoch, 2 * n
        self.wide = least / self.floor_squared
        self.near = self.clip_squared * least
        self.fine = least > 2 * n / SINGLE and self.wide > 2 * n
