"""The loops that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any

import numpy as np

# As in rlprobe.stats.nonfinite and rlprobe.stats.kernels.batch: compiled code takes globals as constants.
(
    SQUARE_OVERFLOWS_FROM,
    OVERFLOW,
    SQUARES_VANISH_BELOW,
    CONSTANT_ABOVE,
    LARGE_FROM_NUMBERS,
    WIDE_FROM_COLUMNS,
) = (
    1e140,
    1e280,
    1e-30,
    1e30,
    1 << 13,
    16,
)
CHECKED_AT_ONCE = 2048
"""Numbers that are standardised before they are compared with the limit."""


def observations(  # noqa: PLR0917 (numba takes arguments by position)
    x: Any, parts: Any, work: Any, count: int, epsilon: float, limit: float, counting: Any, z: Any
) -> int:
    """Count the rows in the flat ``x`` if ``counting``, and standardise them into ``z``.

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
    if counting and n == 1:
        return one(x, parts, count, epsilon, limit, z)
    if x.itemsize == 4 and x.size >= LARGE_FROM_NUMBERS and size >= WIDE_FROM_COLUMNS and n >= 8:
        found = in_single(x, parts, work, count, epsilon, limit, counting, z)
        if found != -2:
            return found
    if counting:
        sums(x, parts, work[2], work[3])
        if not updated(parts, work, count, n, epsilon):
            return -1
    return standardised(x, work[0], work[1], limit, z)


def one(  # noqa: PLR0917
    x: Any, parts: Any, count: int, epsilon: float, limit: float, z: Any
) -> int:
    """Count and standardise a single sample."""
    centre, offset, m2 = parts[0], parts[1], parts[2]
    finite = True
    for j in range(x.size):
        finite &= abs(x[j]) < SQUARE_OVERFLOWS_FROM
    if not finite:
        return -1
    share = 1.0 / (count + 1)
    for j in range(x.size):
        y = (x[j] - centre[j]) - offset[j]
        step = y * share
        offset[j] += step
        m2[j] += y * y - y * step
        z[j] = (y - step) / max(sqrt(m2[j] * share), epsilon)
    return limited(x, z, np.float32(limit))


def sums(x: Any, parts: Any, s1: Any, s2: Any) -> None:
    """Sums of the distances of the rows to the mean and of their squares, in float64."""
    centre, offset, size = parts[0], parts[1], parts.shape[1]
    s1[:] = 0.0
    s2[:] = 0.0
    whole = x.size - x.size % (4 * size)
    for i in range(0, whole, 4 * size):  # four rows at a time: fewer passes over the sums
        a, b = x[i : i + size], x[i + size : i + 2 * size]
        c, d = x[i + 2 * size : i + 3 * size], x[i + 3 * size : i + 4 * size]
        for j in range(size):
            e, f = (a[j] - centre[j]) - offset[j], (b[j] - centre[j]) - offset[j]
            g, h = (c[j] - centre[j]) - offset[j], (d[j] - centre[j]) - offset[j]
            s1[j] += (e + f) + (g + h)
            s2[j] += (e * e + f * f) + (g * g + h * h)
    for i in range(whole, x.size, size):
        row = x[i : i + size]
        for j in range(size):
            e = (row[j] - centre[j]) - offset[j]
            s1[j] += e
            s2[j] += e * e


def single_sums(x: Any, parts: Any, shift: Any, s1: Any, s2: Any) -> bool:
    """The same in float32 over 32 rows, added up in float64; False where float32 would lose digits."""
    size = parts.shape[1]
    near, squares = np.empty(size, np.float32), np.empty(size, np.float32)
    s1[:] = 0.0
    s2[:] = 0.0
    for start in range(0, x.size, 32 * size):
        near[:] = 0.0
        squares[:] = 0.0
        stop = min(start + 32 * size, x.size)
        whole = stop - (stop - start) % (4 * size)
        for i in range(start, whole, 4 * size):
            a, b = x[i : i + size], x[i + size : i + 2 * size]
            c, d = x[i + 2 * size : i + 3 * size], x[i + 3 * size : i + 4 * size]
            for j in range(size):
                e, f, g, h = a[j] - shift[j], b[j] - shift[j], c[j] - shift[j], d[j] - shift[j]
                near[j] += (e + f) + (g + h)
                squares[j] += (e * e + f * f) + (g * g + h * h)
        for i in range(whole, stop, size):
            row = x[i : i + size]
            for j in range(size):
                e = row[j] - shift[j]
                near[j] += e
                squares[j] += e * e
        for j in range(size):
            s1[j] += near[j]
            s2[j] += squares[j]
    n = x.size // size
    for j in range(size):
        if not s2[j] < np.inf or (s2[j] < SQUARES_VANISH_BELOW * n and s1[j] != 0.0):
            return False
        rest = (parts[0, j] - shift[j]) + parts[1, j]
        s2[j] += rest * (n * rest - 2.0 * s1[j])
        s1[j] -= n * rest
    return True


def updated(parts: Any, work: Any, count: int, n: int, epsilon: float) -> bool:
    """Count by the sums in ``work``, and write mean and 1 / std there; False if a sum is not finite."""
    mean, inverse, s1, s2 = work[0], work[1], work[2], work[3]
    for j in range(s2.size):
        if not s2[j] < OVERFLOW:
            return False
    share = 1.0 / (count + n)
    for j in range(s2.size):
        step = s1[j] * share
        parts[1, j] += step
        parts[2, j] += s2[j] - s1[j] * step
        mean[j] = parts[0, j] + parts[1, j]
        inverse[j] = 1.0 / max(sqrt(parts[2, j] * share), epsilon)
    return True


def in_single(  # noqa: PLR0917
    x: Any, parts: Any, work: Any, count: int, epsilon: float, limit: float, counting: Any, z: Any
) -> int:
    """A large batch of float32 in that precision; -2, having counted nothing, where it would lose digits."""
    size, mean, inverse, bound = parts.shape[1], work[0], work[1], np.float32(limit)
    shift, factor = np.empty(size, np.float32), np.empty(size, np.float32)  # rows of one would be slow
    rest = np.empty(size, np.float32)
    for j in range(size):
        shift[j] = parts[0, j] + parts[1, j]
    if counting:
        if not single_sums(x, parts, shift, work[2], work[3]):
            return -2
        if not updated(parts, work, count, x.size // size, epsilon):
            return -1
    for j in range(size):
        factor[j] = min(inverse[j], CONSTANT_ABOVE)
        rest[j] = (mean[j] - shift[j]) * inverse[j]
    clipped = 0
    length = max(1, CHECKED_AT_ONCE // size) * size
    for start in range(0, x.size, length):
        stop = min(start + length, x.size)
        for i in range(start, stop, size):
            row, out = x[i : i + size], z[i : i + size]
            for j in range(size):
                out[j] = (row[j] - shift[j]) * factor[j] - rest[j]
        found = limited(x[start:stop], z[start:stop], bound)
        if found < 0:
            return -1
        clipped += found
    return clipped


def standardised(x: Any, mean: Any, inverse: Any, limit: float, z: Any) -> int:
    """``(x - mean) * inverse`` into ``z``; number of clipped values, or -1 if one is not finite."""
    size = mean.size
    for i in range(0, x.size, size):
        row, out = x[i : i + size], z[i : i + size]
        for j in range(size):
            out[j] = (row[j] - mean[j]) * inverse[j]
    return limited(x, z, np.float32(limit))


def limited(x: Any, z: Any, bound: Any) -> int:
    """Set what is beyond ``bound`` to it; how many those were, or -1 if a value of ``x`` is not finite."""
    beyond = np.int32(0)
    for i in range(z.size):
        beyond += np.int32(not abs(z[i]) <= bound)
    if beyond:
        for i in range(z.size):
            if not isfinite(x[i]):
                return -1
            z[i] = min(max(z[i], -bound), bound)
    return int(beyond)


PARTS = (limited, one, sums, single_sums, updated, standardised, in_single)
"""What ``observations`` is made of."""


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
