"""The loop over the rewards of a step that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

OVERFLOW: Final = 1e280
"""As in ``rlprobe.stats.nonfinite``: compiled code takes globals as constants."""


def rewards(  # noqa: PLR0917 (numba takes arguments by position)
    raw: Any,
    real: Any,
    returns: Any,
    centre: Any,
    sums: Any,
    count: int,
    gamma: float,
    limit: float,
    after: Any,
    z: Any,
) -> int:
    """Continue the discounted returns, count them, and divide the rewards by their standard deviation.

    Args:
        raw: the rewards.
        real: which of them are of a real step.
        returns: of each environment before this step.
        centre: of the returns, as in ``sums.State``, shape ``(1,)``.
        sums: likewise, shape ``(2, 1)``; changed in place.
        count: number of returns counted before, at least 1.
        gamma: the discount.
        limit: of the result.
        after: the returns after this step, to write.
        z: the rewards divided and clipped, to write.

    Returns:
        Number of values that were clipped; -1, having counted nothing, if one is not finite.
    """
    s1, s2 = sums[0, 0], sums[1, 0]
    for i in range(raw.size):
        after[i] = returns[i] * gamma + raw[i] if real[i] else 0.0
        if real[i]:
            y = after[i] - centre[0]
            s1 += y
            s2 += y * y
            count += 1
    if not s2 < OVERFLOW:
        return -1
    sums[0, 0], sums[1, 0] = s1, s2
    variance = s2 / count - (s1 / count) * (s1 / count)
    scale = sqrt(variance) if variance > 0.0 else 1.0
    beyond = 0
    for i in range(raw.size):
        z[i] = raw[i] / scale
        if abs(z[i]) > limit:  # false for NaN in a step that only resets
            z[i] = limit if z[i] > 0.0 else -limit
            beyond += 1
    return beyond
