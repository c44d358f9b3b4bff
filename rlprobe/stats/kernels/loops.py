"""The loops that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any, Final

import numpy as np

OVERFLOW: Final = 1e280
"""As in ``rlprobe.stats.nonfinite``: compiled code takes globals as constants."""
LEAST_VARIANCE: Final = 1e-300
LEAST_FACTOR: Final = 1e-300
"""As in ``rlprobe.stats.kernels.frozen``."""
TILE: Final = 128
"""Short rows are worked on side by side, at least this many numbers at a time."""


def observations(  # noqa: PLR0917 (numba takes arguments by position)
    x: Any, centre: Any, sums: Any, count: int, epsilon: float, limit: float, counting: Any, new: Any, z: Any
) -> int:
    """Standardise the rows in the flat ``x`` into ``z``, after counting them if ``counting``.

    Args:
        x: flat, ``n * size`` numbers.
        centre: as in ``sums.State``, shape ``(size,)``.
        sums: likewise, shape ``(2, size)``.
        count: number of samples before, at least 1.
        epsilon: standard deviations below this count as this.
        limit: results beyond this magnitude are set to it.
        counting: whether to count.
        new: the sums afterwards, to write if ``counting``; else the same as ``sums``.
        z: flat float32, to write.

    Returns:
        Number of values that were clipped; -1 if one is not finite or has no finite square.
    """
    size = centre.size
    n = x.size // size
    bound, floor = np.float32(limit), max(epsilon * epsilon, LEAST_VARIANCE)
    if counting and n == 1:
        beyond = one(x, centre, sums[0], sums[1], 1.0 / (count + 1), floor, bound, new[0], new[1], z)
        return beyond if beyond <= 0 else clipped(x, z, bound, beyond)
    width = min(max(1, n // 4), max(1, TILE // size)) * size
    tiled, a, b = np.empty(width), np.empty(width), np.empty(width)
    for k in range(0, width, size):
        tiled[k : k + size] = centre
    if counting:
        add_up(x, tiled, a, b)
        if not (totals(sums[0], a, new[0]) and totals(sums[1], b, new[1])):
            return -1
        count += n
    scales(new[0], new[1], 1.0 / count, floor, a, b)
    beyond = standardised(x, tiled, a, b, bound, z)
    return clipped(x, z, bound, beyond) if beyond else 0


def one(  # noqa: PLR0917
    x: Any, centre: Any, s1: Any, s2: Any, share: float, floor: float, bound: Any, t1: Any, t2: Any, z: Any
) -> int:
    """Count and standardise a single sample, in one pass; -1 if it cannot be counted."""
    beyond, finite = np.int32(0), True
    for j in range(x.size):
        y = x[j] - centre[j]
        t1[j] = s1[j] + y
        t2[j] = s2[j] + y * y
        finite &= t2[j] < OVERFLOW
        offset = t1[j] * share
        z[j] = (y - offset) / sqrt(max(t2[j] * share - offset * offset, floor))
        beyond += np.int32(not abs(z[j]) <= bound)
    return int(beyond) if finite else -1


def add_up(x: Any, tiled: Any, a: Any, b: Any) -> None:
    """Sums of the distances to the centre and of their squares, for each place of a tile of rows."""
    a[:] = 0.0
    b[:] = 0.0
    width = tiled.size
    pairs = x.size - x.size % (2 * width)
    for start in range(0, pairs, 2 * width):  # two tiles at a time: fewer passes over the sums
        upper, lower = x[start : start + width], x[start + width : start + 2 * width]
        for j in range(width):
            y, w = upper[j] - tiled[j], lower[j] - tiled[j]
            a[j] += y + w
            b[j] += y * y + w * w
    for start in range(pairs, x.size, width):
        row = x[start : start + width]
        for j in range(row.size):
            y = row[j] - tiled[j]
            a[j] += y
            b[j] += y * y


def totals(old: Any, a: Any, new: Any) -> bool:
    """``old`` and what is in each row of the tile ``a``, into ``new``; False if that is too large."""
    size, finite = old.size, True
    for k in range(size, a.size, size):
        for j in range(size):
            a[j] += a[k + j]
    for j in range(size):
        new[j] = old[j] + a[j]
        finite &= abs(new[j]) < OVERFLOW
    return finite


def scales(s1: Any, s2: Any, share: float, floor: float, a: Any, b: Any) -> None:  # noqa: PLR0917
    """Distance of the mean to the centre and 1 / std, into each row of the tiles ``a`` and ``b``."""
    size = s1.size
    for j in range(size):
        a[j] = s1[j] * share
        variance = s2[j] * share - a[j] * a[j]
        b[j] = 1.0 / sqrt(max(variance, floor)) if variance > 0.0 else LEAST_FACTOR
    for k in range(size, a.size):
        a[k], b[k] = a[k - size], b[k - size]


def standardised(x: Any, tiled: Any, a: Any, b: Any, bound: Any, z: Any) -> int:  # noqa: PLR0917
    """``(x - centre - offset) / std`` into ``z``; how many are beyond ``bound``, or not a number."""
    beyond, width = np.int32(0), tiled.size
    for start in range(0, x.size, width):
        row, out = x[start : start + width], z[start : start + width]
        for j in range(row.size):
            value = np.float32(((row[j] - tiled[j]) - a[j]) * b[j])
            out[j] = value
            beyond += np.int32(not abs(value) <= bound)
    return int(beyond)


def clipped(x: Any, z: Any, bound: Any, beyond: int) -> int:
    """Set what is beyond ``bound`` to it; -1 if a value of ``x`` is not finite, else ``beyond``."""
    for i in range(z.size):
        if not isfinite(x[i]):
            return -1
        z[i] = min(max(z[i], -bound), bound)
    return beyond


PARTS = (one, add_up, totals, scales, standardised, clipped)
"""What ``observations`` is made of."""
