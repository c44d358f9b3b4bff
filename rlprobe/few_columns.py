"""A batch with few columns: NumPy for the sums over rows, Python floats for the arithmetic on columns."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rlprobe.column_sums import CANCELLATION, ones

if TYPE_CHECKING:
    from rlprobe.moments import Floats, Moments


def centred(rows: npt.NDArray[Any], fold: int, centre: Floats) -> Floats:
    """``rows - centre`` in float64, ``fold`` rows as one; ``centre`` is ``fold`` times as long as a row."""
    n, size = rows.shape
    y = rows.reshape(n // fold, size * fold).astype(np.float64)
    y -= centre
    return y


def add_few(moments: Moments, rows: npt.NDArray[Any], y: Floats) -> bool:
    """Count ``rows``, of which ``y`` is ``centred``; False if ``column_sums.add_columns`` has to.

    That is the case if a value is not finite, or a batch lies so far from the centre that digits would be
    lost.
    """
    n = len(rows)
    columns = y.reshape(rows.shape)
    one = ones(n)
    s1 = one.dot(columns).tolist()
    s2 = np.dot(columns.T, columns).diagonal().tolist()  # a product of columns never warns of overflow
    centre, offset, m2 = moments.hot or moments.use_lists()
    count = moments.count
    total = count + n
    new_offset, new_m2 = [], []
    for a, b, m, q in zip(s1, s2, offset, m2):  # noqa: B905 (strict costs 0.1 us; sizes are those of moments)
        mean = a / n
        within = b - a * mean
        delta = mean - m
        q += (within if within > 0.0 else 0.0) + delta * delta * (count * n / total)  # noqa: PLW2901, FURB136
        if not b * total <= CANCELLATION * n * q:
            return False
        new_offset.append(m + delta * (n / total))
        new_m2.append(q)
    if not sum(new_m2) < 1e280:
        return False
    moments.hot = (centre, new_offset, new_m2)
    moments.count = total
    return True


def coefficients(moments: Moments, epsilon: float) -> tuple[list[float], list[float]]:
    """Offset from the centre, and 1 / std, of each column."""
    _, offset, m2 = moments.hot or moments.use_lists()
    count = moments.count
    inverse = []
    for q in m2:
        s = sqrt(q / count)
        inverse.append(0.0 if q <= 0.0 else 1.0 / (s if s > epsilon else epsilon))  # noqa: FURB136
    return offset, inverse
