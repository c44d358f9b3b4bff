"""One sample of many components, in as few calls of NumPy as will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import divide, float32, maximum, multiply, sqrt, subtract  # by name: 0.03 us less each

from rlprobe.stats.chan import Update
from rlprobe.stats.nonfinite import LARGEST

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Moments


class Sample:
    """Counts single samples and standardises them, in buffers that are kept.

    Args:
        moments: the statistics, which may be shared.
        epsilon: standard deviations below this count as this.
    """

    __slots__ = ("centre", "floor", "m2", "moments", "offset", "share", "std", "update")

    def __init__(self, moments: Moments, epsilon: float) -> None:
        self.moments, self.update = moments, Update(moments.parts)
        self.centre, self.offset, self.m2 = moments.parts
        self.std = np.empty(moments.size)
        self.floor, self.share = np.array(epsilon), np.empty(())  # arrays: ufuncs take them faster

    def counted(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
        """The flat sample ``x`` standardised after counting it; None, counting nothing, if not finite."""
        moments, update, std, share = self.moments, self.update, self.std, self.share
        d = update.s1
        d[...] = x  # at once in float64: operations on two types take twice as long
        subtract(d, self.centre, d)
        subtract(d, self.offset, d)
        if not (d.item(d.argmax()) < LARGEST and d.item(d.argmin()) > -LARGEST):  # also false for NaN
            return None
        multiply(d, d, update.s2)
        moments.count = n = moments.count + 1
        share[()] = 1.0 / n
        update.apply(share)
        multiply(self.m2, share, std)
        sqrt(std, std)
        maximum(std, self.floor, out=std)
        subtract(d, update.step, d)
        z: npt.NDArray[np.float32] = divide(d, std, d).astype(float32)
        return z
