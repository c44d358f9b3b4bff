"""The loops over observations and rewards that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np

from rlprobe.stats.kernels.rows import add_up, clip, fold, one, spread, standardise
from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_VARIANCE, OVERFLOW
from rlprobe.stats.sums import deviation

WIDTH: Final = 128
"""Short rows are worked on side by side, up to this many numbers at a time."""
LEAST_TIMES: Final = 64
"""Laying rows side by side pays if that many are left below each other."""


def observations(
    x: Any, table: Any, z: Any, run: int, count: int, epsilon: float, limit: float, counting: Any
) -> int:
    """Standardise the rows in the flat ``x`` into ``z``, after counting them if ``counting``.

    Args:
        x: flat, ``n * size * run`` numbers in float32 or float64, the precision of the result.
        table: centre and sums as in ``sums.State``, shape ``(3, size)``; changed in place if ``counting``.
        z: flat float32, to write.
        run: how many neighbouring numbers share each component.
        count: number of samples before, at least 1.
        epsilon: standard deviations below this count as this.
        limit: results beyond this magnitude are set to it.
        counting: whether to count.

    Returns:
        Number of values clipped; -1, having counted nothing, if one is not finite or has no finite square.
    """
    size = table.shape[1]
    row = size * run
    n = x.size // row
    width = row * max(1, min(n // LEAST_TIMES, WIDTH // row))
    mean, s1, s2 = table[0], table[1], table[2]
    bound, floor = np.float32(limit), max(epsilon * epsilon, LEAST_VARIANCE)
    if counting and n == run == 1:
        clipped = one(x, mean, s1, s2, 1.0 / (count + 1), floor, bound, z)
        if clipped != -2:
            return clipped
        count += 1
    elif counting:
        sums = np.zeros(2 * width)
        a, b = sums[:width], sums[width:]
        add_up(x, spread(mean, run, width), a, b)
        fold(a, row, run, size)
        fold(b, row, run, size)
        finite = True
        for j in range(size):
            finite &= b[j] < OVERFLOW
        if not finite:
            return -1
        for j in range(size):
            s1[j] += a[j]
            s2[j] += b[j]
        count += n * run
    share, scales = 1.0 / count, np.empty(3 * size, x.dtype)
    shift, offset, factor = scales[:size], scales[size : 2 * size], scales[2 * size :]
    for j in range(size):
        distance = s1[j] * share
        variance = s2[j] * share - distance * distance
        shift[j] = mean[j]
        offset[j] = distance + (mean[j] - shift[j])  # with the digits of the mean that float32 does not hold
        factor[j] = 1.0 / sqrt(max(variance, floor)) if variance > 0.0 else LEAST_FACTOR
    shift, offset, factor = spread(shift, run, width), spread(offset, run, width), spread(factor, run, width)
    return 0 if standardise(x, shift, offset, factor, bound, z) else clip(x, z, bound)


def rewards(
    raw: Any, real: Any, returns: Any, table: Any, z: Any, count: int, gamma: float, limit: float
) -> int:
    """Continue the discounted returns, count them, and divide the rewards by their standard deviation.

    Args and result as for ``observations``, but for:
        raw: the rewards.
        real: which of them are of a real step; the returns of the others become 0.
        returns: of each environment; changed in place.
        gamma: the discount.
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
    scale, beyond = deviation(count, s1, s2) or 1.0, 0
    for i in range(raw.size):
        returns[i] = returns[i] * gamma + raw[i] if real[i] else 0.0
        z[i] = raw[i] / scale
        if abs(z[i]) > limit:  # false for NaN in a step that only resets
            z[i] = limit if z[i] > 0.0 else -limit
            beyond += 1
    return beyond


CALLED = (clip, one, spread, fold, deviation)
INLINED = (add_up, standardise)
"""What the loops are made of: what most calls need is compiled into them, which saves 0.2 us a call."""
