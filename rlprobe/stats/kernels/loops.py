"""The loop over observations that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any, Final

import numpy as np

from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_VARIANCE, OVERFLOW

TILE: Final = 128
"""Short rows are worked on side by side, at least this many numbers at a time."""


def observations(  # noqa: PLR0917 (numba takes arguments by position)
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
        Number of values that were clipped; -1 if one is not finite or has no finite square, and nothing has
        been counted.
    """
    size = table.shape[1]
    row = size * run
    n = x.size // row
    mean, s1, s2 = table[0], table[1], table[2]
    bound, floor = np.float32(limit), max(epsilon * epsilon, LEAST_VARIANCE)
    if counting and n == run == 1:
        return one(x, mean, s1, s2, 1.0 / (count + 1), floor, bound, z)
    width = min(max(1, n // 4), max(1, TILE // row)) * row
    wide = np.empty(3 * width)
    centre, a, b = wide[:width], wide[width : 2 * width], wide[2 * width :]
    narrow = np.empty(3 * width, x.dtype)
    shift, offset, factor = narrow[:width], narrow[width : 2 * width], narrow[2 * width :]
    lay_out(mean, run, shift)
    if counting:
        lay_out(mean, run, centre)
        add_up(x, centre, a, b)
        if not (fold(a, row, run, size) and fold(b, row, run, size)):
            return -1
        for j in range(size):
            s1[j] += a[j]
            s2[j] += b[j]
        count += n * run
    scales(s1, s2, 1.0 / count, floor, a, b)
    for j in range(size):
        a[j] += mean[j] - shift[j * run]  # the digits of the centre that float32 does not hold
    lay_out(a[:size], run, offset)
    lay_out(b[:size], run, factor)
    return 0 if standardise(x, shift, offset, factor, bound, z) else clip(x, z, bound)


def one(  # noqa: PLR0917
    x: Any, centre: Any, s1: Any, s2: Any, share: float, floor: float, bound: Any, z: Any
) -> int:
    """As ``observations``, count and standardise a single sample."""
    finite, within = True, True
    for j in range(x.size):
        y = x[j] - centre[j]
        finite &= y * y < OVERFLOW
    if not finite:
        return -1
    for j in range(x.size):
        y = x[j] - centre[j]
        s1[j] += y
        s2[j] += y * y
        offset = s1[j] * share
        z[j] = (y - offset) / sqrt(max(s2[j] * share - offset * offset, floor))
        within &= abs(z[j]) <= bound
    return 0 if within else clip(x, z, bound)


def lay_out(values: Any, run: int, tile: Any) -> None:
    """Write each of ``values`` ``run`` times into each row of the flat ``tile``."""
    for k in range(0, tile.size, values.size * run):
        if run == 1:
            for j in range(values.size):
                tile[k + j] = values[j]
        else:
            for j in range(values.size):
                tile[k + j * run : k + (j + 1) * run] = values[j]


def add_up(x: Any, centre: Any, a: Any, b: Any) -> None:
    """Sums of the distances to the centre and of their squares, for each place of a tile of rows."""
    a[:] = 0.0
    b[:] = 0.0
    width = centre.size
    fours = x.size - x.size % (4 * width)
    for i in range(0, fours, 4 * width):  # four tiles at a time: fewer passes over the sums
        first, second = x[i : i + width], x[i + width : i + 2 * width]
        third, fourth = x[i + 2 * width : i + 3 * width], x[i + 3 * width : i + 4 * width]
        for j in range(width):
            t, u = first[j] - centre[j], second[j] - centre[j]
            v, w = third[j] - centre[j], fourth[j] - centre[j]
            a[j] += (t + u) + (v + w)
            b[j] += (t * t + u * u) + (v * v + w * w)
    for i in range(fours, x.size, width):
        row = x[i : i + width]
        for j in range(row.size):
            t = row[j] - centre[j]
            a[j] += t
            b[j] += t * t


def fold(a: Any, row: int, run: int, size: int) -> bool:
    """Sum each component of the tile ``a``, in its first places; False if that is too large."""
    for k in range(row, a.size, row):
        for j in range(row):
            a[j] += a[k + j]
    for j in range(size if run > 1 else 0):
        part, rest = a[j * run : (j + 1) * run], run
        while rest > 1:  # the second half is added to the first
            half = rest // 2
            for i in range(half):
                part[i] += part[rest - half + i]
            rest -= half
        a[j] = part[0]
    finite = True
    for j in range(size):
        finite &= abs(a[j]) < OVERFLOW
    return finite


def scales(s1: Any, s2: Any, share: float, floor: float, a: Any, b: Any) -> None:  # noqa: PLR0917
    """Distance of the mean to the centre into ``a``, and 1 / std into ``b``."""
    for j in range(s1.size):
        a[j] = s1[j] * share
        variance = s2[j] * share - a[j] * a[j]
        b[j] = 1.0 / sqrt(max(variance, floor)) if variance > 0.0 else LEAST_FACTOR


def standardise(x: Any, shift: Any, offset: Any, factor: Any, bound: Any, z: Any) -> bool:  # noqa: PLR0917
    """``(x - shift - offset) * factor`` into ``z``; whether all of it is within ``bound``."""
    within, width = True, shift.size
    for i in range(0, x.size, width):
        row, out = x[i : i + width], z[i : i + width]
        for j in range(row.size):
            value = np.float32(((row[j] - shift[j]) - offset[j]) * factor[j])
            out[j] = value
            within &= abs(value) <= bound
    return within


def clip(x: Any, z: Any, bound: Any) -> int:
    """Set what is beyond ``bound`` to it, and count it; -1 if a value of ``x`` is not finite."""
    beyond = 0
    for i in range(z.size):
        if not isfinite(x[i]):
            return -1
        if not abs(z[i]) <= bound:
            z[i] = bound if z[i] > 0.0 else -bound
            beyond += 1
    return beyond


PARTS = (clip, one, lay_out, add_up, fold, scales, standardise)
"""What ``observations`` is made of."""
