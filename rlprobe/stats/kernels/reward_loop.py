"""The loop over the rewards of a step that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import sqrt
from typing import Any

from rlprobe.stats.nonfinite import OVERFLOW


def rewards(  # noqa: PLR0917 (numba takes arguments by position)
    raw: Any, real: Any, returns: Any, table: Any, z: Any, count: int, gamma: float, limit: float
) -> int:
    """Continue the discounted returns, count them, and divide the rewards by their standard deviation.

    Args:
        raw: the rewards.
        real: which of them are of a real step; the returns of the others become 0.
        returns: of each environment; changed in place.
        table: centre and sums of the returns as in ``sums.State``, shape ``(3, 1)``; changed in place.
        z: the rewards divided and clipped, to write.
        count: number of returns counted before, at least 1.
        gamma: the discount.
        limit: of the result.

    Returns:
        Number of values that were clipped; -1, having changed nothing, if one is not finite.
    """
    s1, s2, centre = table[1, 0], table[2, 0], table[0, 0]
    for i in range(raw.size):
        if real[i]:
            y = returns[i] * gamma + raw[i] - centre
            s1 += y
            s2 += y * y
            count += 1
    if not s2 < OVERFLOW:
        return -1
    table[1, 0], table[2, 0] = s1, s2
    variance = s2 / count - (s1 / count) * (s1 / count)
    scale = sqrt(variance) if variance > 0.0 else 1.0
    beyond = 0
    for i in range(raw.size):
        returns[i] = returns[i] * gamma + raw[i] if real[i] else 0.0
        z[i] = raw[i] / scale
        if abs(z[i]) > limit:  # false for NaN in a step that only resets
            z[i] = limit if z[i] > 0.0 else -limit
            beyond += 1
    return beyond
