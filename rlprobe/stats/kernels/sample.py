"""One sample of many components, with as few NumPy calls as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import divide, float32, maximum, multiply, sqrt, subtract  # by name: 0.03 us less each

from rlprobe.stats.chan import Update
from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.moments import Moments


class Bounds:
    """Holds for one version of the statistics and up to twice the count at which it was found out.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        limit: of the results.
    """

    __slots__ = ("epsilon_squared", "limit_squared", "moments", "near", "until", "version", "wide")

    def __init__(self, moments: Moments, epsilon: float, limit: float) -> None:
        self.moments = moments
        self.epsilon_squared = max(epsilon * epsilon, 1e-300)
        self.limit_squared = 0.99 * min(limit, 1e18) ** 2
        self.version, self.until = -1, 0
        self.near = 0.0  # with n samples and distances below d, no result is beyond if n * d**2 is below this
        self.wide = 0.0  # up to this count no standard deviation is below epsilon

    def renew(self, n: int) -> None:
        """Look at the statistics if ``n`` samples, or another version of them, need it."""
        if n > self.until or self.version != self.moments.version:
            least = float(self.moments.parts[2].min())
            self.version, self.until = self.moments.version, 2 * n
            self.near, self.wide = self.limit_squared * least, least / self.epsilon_squared


class Sample:
    """Counts single samples and standardises them, in buffers that are kept.

    Args:
        moments: the statistics, which may be shared.
        epsilon: standard deviations below this count as this.
        limited: clips an array in place and returns it.
        bounds: of the results.
    """

    def __init__(
        self, moments: Moments, epsilon: float, limited: Callable[[Any], Any], bounds: Bounds
    ) -> None:
        self.moments, self.update = moments, Update(moments.parts)
        self.centre, self.offset, self.m2 = moments.parts
        self.std = np.empty(moments.size)
        self.floor, self.share = np.array(epsilon), np.empty(())  # arrays: ufuncs take them faster
        self.limited, self.bounds = limited, bounds

    def counted(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
        """The flat sample ``x`` standardised after counting it; None, counting nothing, if not finite."""
        moments, update, bounds = self.moments, self.update, self.bounds
        std, share = self.std, self.share
        d, squares = update.s1, update.s2
        d[...] = x  # at once in float64: operations on two types take twice as long
        subtract(d, self.centre, d)
        subtract(d, self.offset, d)
        try:
            multiply(d, d, squares)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        largest = squares.item(squares.argmax())
        if not largest < OVERFLOW:  # also true for NaN
            return None
        moments.count = n = moments.count + 1
        share[()] = 1.0 / n
        update.apply(share)
        bounds.renew(n)
        multiply(self.m2, share, std)
        sqrt(std, std)
        if n > bounds.wide:
            maximum(std, self.floor, out=std)
        subtract(d, update.step, d)
        z: npt.NDArray[np.float32] = divide(d, std, d).astype(float32)
        return z if largest * n < bounds.near else self.limited(z)
