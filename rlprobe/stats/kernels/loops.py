"""The loops that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any

import numpy as np

OVERFLOW = 1e280  # as in rlprobe.stats.nonfinite; compiled code reads globals as constants


def observations(  # noqa: PLR0917 (numba takes arguments by position)
    x: Any, parts: Any, work: Any, count: int, epsilon: float, limit: float, counting: Any, z: Any
) -> int:
    """Count the rows in the flat ``x`` if ``counting``, and standardise them into ``out``.

    Args:
        x: flat, ``n * size`` numbers.
        parts: centre, offset and m2, shape ``(3, size)``; changed by the formula of ``chan.Update``.
        work: mean and 1 / std, and sums; shape ``(4, size)``. Written if ``counting``, else read.
        count: number of samples before, at least 1.
        epsilon: standard deviations below this count as this.
        limit: results beyond this magnitude are set to it.
        counting: whether to count.
        z: flat float32, to write.

    Returns:
        Number of values that were clipped; -1, having counted nothing, if one is not finite.
    """
    size = parts.shape[1]
    n = x.size // size
    centre, offset, m2 = parts[0], parts[1], parts[2]
    mean, inverse, s1, s2 = work[0], work[1], work[2], work[3]
    if counting:
        s1[:] = 0.0
        s2[:] = 0.0
        whole = n - n % 4
        for i in range(0, whole * size, 4 * size):  # four rows at a time: fewer passes over the sums
            a, b = x[i : i + size], x[i + size : i + 2 * size]
            c, d = x[i + 2 * size : i + 3 * size], x[i + 3 * size : i + 4 * size]
            for j in range(size):
                e, f = (a[j] - centre[j]) - offset[j], (b[j] - centre[j]) - offset[j]
                g, h = (c[j] - centre[j]) - offset[j], (d[j] - centre[j]) - offset[j]
                s1[j] += (e + f) + (g + h)
                s2[j] += (e * e + f * f) + (g * g + h * h)
        for i in range(whole * size, n * size, size):
            row = x[i : i + size]
            for j in range(size):
                e = (row[j] - centre[j]) - offset[j]
                s1[j] += e
                s2[j] += e * e
        for j in range(size):
            if not s2[j] < OVERFLOW:
                return -1
        share = 1.0 / (count + n)
        for j in range(size):
            step = s1[j] * share
            offset[j] += step
            m2[j] += s2[j] - s1[j] * step
            mean[j] = centre[j] + offset[j]
            inverse[j] = 1.0 / max(sqrt(m2[j] * share), epsilon)
    for i in range(0, n * size, size):
        row, out = x[i : i + size], z[i : i + size]
        for j in range(size):
            out[j] = (row[j] - mean[j]) * inverse[j]
    bound = np.float32(limit)
    beyond = np.int32(0)
    for i in range(z.size):
        beyond += np.int32(not abs(z[i]) <= bound)
    if beyond:
        for i in range(z.size):
            if not isfinite(x[i]):
                return -1
            z[i] = min(max(z[i], -bound), bound)
    return int(beyond)


def rewards(  # noqa: PLR0917 (numba takes arguments by position)
    raw: Any, real: Any, returns: Any, parts: Any, count: int, gamma: float, limit: float, after: Any, z: Any
) -> int:
    """Continue the discounted returns, count them, and divide the rewards by their standard deviation.

    Args:
        raw: the rewards.
        real: which of them are of a real step.
        returns: of each environment before this step.
        parts: centre, offset and m2 of the returns, shape ``(3, 1)``; changed by the formula of ``Update``.
        count: number of returns counted before, at least 1.
        gamma: the discount.
        limit: of the result.
        after: the returns after this step, to write.
        z: the rewards divided and clipped, to write.

    Returns:
        Number of values that were clipped; -1, having counted nothing, if one is not finite.
    """
    centre, offset = parts[0, 0], parts[1, 0]
    s1 = s2 = 0.0
    n = 0
    for i in range(raw.size):
        after[i] = returns[i] * gamma + raw[i] if real[i] else 0.0
        if real[i]:
            y = (after[i] - centre) - offset
            s1 += y
            s2 += y * y
            n += 1
    if not s2 < OVERFLOW:
        return -1
    total = count + n
    step = s1 / total
    parts[1, 0] += step
    parts[2, 0] += s2 - s1 * step
    std = sqrt(parts[2, 0] / total)
    scale = std if std > 0.0 else 1.0
    clipped = 0
    for i in range(raw.size):
        z[i] = raw[i] / scale
        if abs(z[i]) > limit:  # false for NaN in a step that only resets
            z[i] = limit if z[i] > 0.0 else -limit
            clipped += 1
    return clipped
