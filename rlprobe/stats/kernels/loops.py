"""The loop over observations that numba compiles; plain Python, and never run as such."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any, Final

import numpy as np

from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_VARIANCE, OVERFLOW

WIDTH: Final = 128
"""Short rows are worked on side by side, up to this many numbers at a time."""
LEAST_TIMES: Final = 64
"""Laying rows side by side pays if that many are left below each other."""


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
    width = row * max(1, min(n // LEAST_TIMES, WIDTH // row))
    mean, s1, s2 = table[0], table[1], table[2]
    bound, floor = np.float32(limit), max(epsilon * epsilon, LEAST_VARIANCE)
    if counting and n == run == 1:
        return one(x, mean, s1, s2, 1.0 / (count + 1), floor, bound, z)
    if counting:
        sums = np.zeros(2 * width)
        a, b = sums[:width], sums[width:]
        add_up(x, mean if width == size else spread(mean, run, width), a, b)
        if width > size:
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
    share = 1.0 / count
    scales = np.empty(3 * size, x.dtype)
    shift, offset, factor = scales[:size], scales[size : 2 * size], scales[2 * size :]
    for j in range(size):
        distance = s1[j] * share
        variance = s2[j] * share - distance * distance
        shift[j] = mean[j]
        offset[j] = distance + (mean[j] - shift[j])  # with the digits of the mean that float32 does not hold
        factor[j] = 1.0 / sqrt(max(variance, floor)) if variance > 0.0 else LEAST_FACTOR
    if width > size:
        shift, offset, factor = (
            spread(shift, run, width),
            spread(offset, run, width),
            spread(factor, run, width),
        )
    return 0 if standardise(x, shift, offset, factor, bound, z) else clip(x, z, bound)


def one(  # noqa: PLR0917
    x: Any, mean: Any, s1: Any, s2: Any, share: float, floor: float, bound: Any, z: Any
) -> int:
    """As ``observations``, count and standardise a single sample, without arrays on the way."""
    finite, within = True, True
    for j in range(x.size):
        y = x[j] - mean[j]
        finite &= y * y < OVERFLOW
    if not finite:
        return -1
    for j in range(x.size):
        y = x[j] - mean[j]
        s1[j] += y
        s2[j] += y * y
        distance = s1[j] * share
        z[j] = (y - distance) / sqrt(max(s2[j] * share - distance * distance, floor))
        within &= abs(z[j]) <= bound
    return 0 if within else clip(x, z, bound)


def spread(values: Any, run: int, width: int) -> Any:
    """Each of ``values`` ``run`` times, and that again and again, ``width`` numbers in all."""
    tile = np.empty(width, values.dtype)
    for k in range(0, width, values.size * run):
        for j in range(values.size):
            tile[k + j * run : k + (j + 1) * run] = values[j]
    return tile


def add_up(x: Any, centre: Any, a: Any, b: Any) -> None:
    """Add the distances to the centre and their squares to ``a`` and ``b``, for each place of a row."""
    width = centre.size
    fours = x.size - x.size % (4 * width)
    for i in range(0, fours, 4 * width):  # four rows at a time: fewer passes over the sums
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


def fold(a: Any, row: int, run: int, size: int) -> None:
    """Sum each component of the rows in ``a``, in its first places."""
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


CALLED = (clip, one, spread, fold)
INLINED = (add_up, standardise)
"""What ``observations`` is made of: what most calls need is compiled into it, which saves 0.2 us a call."""
