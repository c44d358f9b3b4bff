"""One sample of few components in Python floats, which are faster than calls of NumPy there."""

from __future__ import annotations

from math import sqrt
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.moments import Moments

FLOATS_UP_TO: Final = 8
"""Up to this many components Python floats are faster."""


class Floats:
    """Counts single samples, component by component, and standardises them.

    Args:
        moments: the statistics, which may be shared.
        epsilon: standard deviations below this count as this.
        limited: clips an array in place and returns it.
    """

    __slots__ = ("epsilon", "limited", "moments", "start", "write")

    def __init__(self, moments: Moments, epsilon: float, limited: Callable[[Any], Any]) -> None:
        self.moments, self.epsilon, self.limited = moments, epsilon, limited
        self.write: Any = Struct(f"{2 * moments.size}d").pack_into
        self.start = moments.parts.strides[0]  # where the offsets begin, in bytes

    def counted(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
        """The flat sample ``x`` standardised after counting it; None, counting nothing, if not finite."""
        moments, epsilon = self.moments, self.epsilon
        n = moments.count + 1
        share = 1.0 / n
        offsets, squares, z = [], [], []
        for value, c, m, q in zip(x.tolist(), *moments.parts.tolist()):  # noqa: B905 (costs 0.1 us)
            d = (value - c) - m
            step = d * share
            m += step  # noqa: PLW2901
            q += d * d - d * step  # noqa: PLW2901
            s = sqrt(q * share) if q > 0.0 else 0.0
            offsets.append(m)
            squares.append(q)
            z.append((d - step) / (s if s > epsilon else epsilon))  # noqa: FURB136 (max() costs a call)
        if not sum(squares) < OVERFLOW:
            return None
        self.write(moments.parts, self.start, *offsets, *squares)
        moments.count = n
        result: npt.NDArray[np.float32] = self.limited(np.array(z, dtype=np.float32))
        return result
