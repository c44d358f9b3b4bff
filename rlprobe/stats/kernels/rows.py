"""What the compiled loop over observations is made of; flat arrays of rows, plain Python."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Any, Final

import numpy as np

from rlprobe.stats.nonfinite import LEAST_HELD, MOST_HELD, OVERFLOW

MOST_CACHED: Final = 1 << 19
"""More numbers come from memory, which is fastest from front to back."""


def one(x: Any, mean: Any, s1: Any, s2: Any, share: float, floor: float, bound: Any, z: Any) -> int:
    """As ``observations``, count and standardise a single sample, without arrays on the way.

    Returns:
        As ``observations``; -2 if float32 does not hold a variance: counted, but not standardised.
    """
    finite, held, within = True, True, True
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
        variance = max(s2[j] * share - distance * distance, floor)
        held &= LEAST_HELD < variance < MOST_HELD
        z[j] = np.float32(y - distance) / sqrt(np.float32(variance))  # in a third of the time of float64
        within &= abs(z[j]) <= bound
    if not held:
        return -2
    return 0 if within else clip(x, z, bound)


def spread(values: Any, run: int, width: int) -> Any:
    """Each of ``values`` ``run`` times, and that again and again, ``width`` numbers in all."""
    if width == values.size:
        return values
    tile = np.empty(width, values.dtype)
    for k in range(0, width, values.size * run):
        for j in range(values.size):
            tile[k + j * run : k + (j + 1) * run] = values[j]
    return tile


def add_up(x: Any, centre: Any, a: Any, b: Any) -> None:
    """Add the distances to the centre and their squares to ``a`` and ``b``, for each place of a row."""
    width = centre.size
    fours = x.size - x.size % (4 * width) if x.size <= MOST_CACHED else 0
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
        a[j] = a[j * run : (j + 1) * run].sum()


def standardise(x: Any, shift: Any, offset: Any, factor: Any, bound: Any, z: Any) -> bool:
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
