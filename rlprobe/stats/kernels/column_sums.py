"""Add a batch to moments by column sums, with dot products and in blocks that stay in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.stats.kernels.single_sums import single_sums

if TYPE_CHECKING:
    from rlprobe.stats.moments import Floats, Moments

BLOCK: Final = 1 << 16
SINGLE_FROM: Final = 1 << 17
"""From this many float32 elements on, sums within a block are in float32; across blocks always in float64."""
CANCELLATION: Final = 1e2
"""Squared distance of a batch from the centre, in variances, from which it is centred on itself."""
_ONES: Final = np.ones(4096)


def ones(n: int) -> Floats:
    """A vector of ``n`` ones, for sums as dot products."""
    return _ONES[:n] if n <= len(_ONES) else np.ones(n)


def folding(n: int, size: int, length: int = 256) -> int:
    """How many rows of ``size`` to treat as one, so that inner loops have ``length`` turns; divides ``n``."""
    fold = 1
    while fold * size < length and n % (fold * 2) == 0:
        fold *= 2
    return fold


def tiled(row: npt.ArrayLike, times: int) -> npt.NDArray[Any]:
    """``row``, ``times`` times over."""
    values = np.array(row)
    if times == 1:
        return values
    out = np.empty((times, len(values)), dtype=values.dtype)
    out[:] = values
    return out.reshape(-1)


def folded(sums: Floats, times: int) -> Floats:
    """``sums`` of rows that were ``times`` rows each, added up."""
    total: Floats = sums.reshape(times, -1).sum(axis=0)
    return total


def add_columns(moments: Moments, rows: npt.NDArray[Any]) -> bool:
    """Count ``rows``, shape ``(n, size)``; False, counting nothing, if a value is not finite.

    Sums are taken relative to a centre close to the mean. Where a batch lies so far from it that the
    difference of sums would lose digits, or at the first batch, it is centred on itself first.
    """
    if moments.hot is not None:
        moments.use_arrays()
    with np.errstate(over="ignore", invalid="ignore"):
        return _add(moments, rows)


def _add(moments: Moments, rows: npt.NDArray[Any]) -> bool:
    if moments.count == 0:
        return _add_centred(moments, rows)
    if is_large(rows):
        fold = folding(*rows.shape)
        shift = (moments.centre + moments.offset).astype(np.float32)
        s1, s2, _ = single_sums(rows.reshape(-1, rows.shape[1] * fold) - tiled(shift, fold))
        s1, s2, centre = folded(s1, fold), folded(s2, fold), shift.astype(np.float64)
    else:
        centre = moments.centre + moments.offset
        s1, s2 = _double_sums(rows, centre)
    joined = join_sums(moments, centre, s1, s2, len(rows))
    return _add_centred(moments, rows) if joined is None else joined


def is_large(rows: npt.NDArray[Any]) -> bool:
    """Whether sums within blocks of ``rows`` are taken in float32."""
    return rows.dtype == np.float32 and rows.size >= SINGLE_FROM


def join_sums(moments: Moments, centre: Floats, s1: Floats, s2: Floats, n: int) -> bool | None:
    """Count ``n`` rows from the column sums of their distances to ``centre`` and of the squares.

    False, counting nothing, if a value is not finite; None if they lie so far from the centre that the
    difference of sums would lose digits.
    """
    total = float(s2.dot(ones(s2.size)) if s2.size <= len(_ONES) else s2.sum())
    if not total < 1e280:
        return False
    mean = s1 / n
    m2 = np.maximum(s2 - s1 * mean, 0.0)
    count = moments.count + n
    joined = moments.m2 + m2 + mean * mean * (moments.count * n / count)
    if (s2 * count > CANCELLATION * n * joined).any():
        return None
    moments.join(centre, mean, m2, n)
    return True


def _double_sums(rows: npt.NDArray[Any], centre: Floats) -> tuple[Floats, Floats]:
    """Column sums of ``rows - centre`` and of its square, in float64."""
    n, size = rows.shape
    height = max(1, BLOCK // size)
    s1, s2 = np.zeros(size), np.zeros(size)
    for start in range(0, n, height):
        y = _minus(rows[start : start + height], centre)
        one = ones(len(y))
        s1 += one.dot(y)
        y *= y
        s2 += one.dot(y)
    return s1, s2


def _minus(rows: npt.NDArray[Any], centre: Floats) -> Floats:
    """``rows - centre`` in float64, with long inner loops also for few columns."""
    n, size = rows.shape
    fold = folding(n, size)
    wide: Floats = np.subtract(rows.reshape(n // fold, fold * size), tiled(centre, fold), dtype=np.float64)
    return wide.reshape(n, size)


def _add_centred(moments: Moments, rows: npt.NDArray[Any]) -> bool:
    """Count ``rows`` relative to their own mean: two passes, no cancellation."""
    values = rows.astype(np.float64)
    first = values[0].copy()
    values -= first
    mean = ones(len(rows)).dot(values) / len(rows)
    values -= mean
    values *= values
    m2 = ones(len(rows)).dot(values)
    if not float(m2.sum()) < 1e280:
        return False
    moments.join(first, mean, m2, len(rows))
    return True
