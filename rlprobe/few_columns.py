"""A batch with few columns: NumPy for the sums over rows, Python floats for the arithmetic on columns."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.column_sums import CANCELLATION, folding, ones, tiled

if TYPE_CHECKING:
    from rlprobe.moments import Floats, Moments

SHORT: Final = 64
"""Up to this many elements, columns are worked on as they are; more are folded into longer rows."""


class FewColumns:
    """Counts and standardises batches of few columns, with moments that may be shared.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
    """

    __slots__ = ("epsilon", "moments", "ones", "tile")

    def __init__(self, moments: Moments, epsilon: float) -> None:
        self.moments, self.epsilon = moments, epsilon
        self.ones = ones(1)
        self.tile: tuple[list[float], int, Floats | None] | None = None

    def counted(self, rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], float] | None:
        """``rows``, shape ``(n, size)``, standardised after counting them, and the sum of their squares.

        None, and nothing counted, if ``column_sums.add_columns`` has to do it: a value is not finite, or the
        batch lies so far from the centre that digits would be lost.
        """
        moments = self.moments
        n, size = rows.shape
        fold = folding(n, size) if rows.size > SHORT else 1
        centre = (moments.hot or moments.use_lists())[0]
        tile = self.tile
        if tile is None or tile[0] is not centre or tile[1] != fold:
            self.tile = tile = (centre, fold, tiled(centre, fold) if any(centre) else None)
        y: Floats = rows.astype(np.float64, "C")  # folding needs this order
        wide = y.reshape(n // fold, size * fold) if fold > 1 else y
        if tile[2] is not None:
            wide -= tile[2]
        found = self._add(y)
        if found is None:
            return None
        shift, factor, squares = found
        if fold == 1:
            y -= np.array(shift)
            y *= np.array(factor)
            return y.astype(np.float32), squares
        z = wide.astype(np.float32)  # near the centre float32 is exact enough, and twice as fast
        z -= tiled(shift, fold).astype(np.float32)
        z *= tiled(factor, fold).astype(np.float32)
        return z.reshape(n, size), squares

    def _add(self, y: Floats) -> tuple[list[float], list[float], float] | None:
        """Count ``y``, relative to the centre; offset and 1 / std per column, and the sum of squares then."""
        moments, epsilon = self.moments, self.epsilon
        n = len(y)
        if len(self.ones) != n:
            self.ones = ones(n)
        s1 = self.ones.dot(y).tolist()
        s2 = np.dot(y.T, y).diagonal().tolist()  # a product of columns never warns of overflow
        centre, offset, m2 = moments.hot or moments.use_lists()
        count = moments.count
        total = count + n
        share, both = n / total, count * n / total
        far = CANCELLATION * n / total
        new_offset, new_m2, factor = [], [], []
        squares = 0.0
        for a, b, m, q in zip(s1, s2, offset, m2):  # noqa: B905 (strict costs 0.1 us; sizes are those of moments)
            mean = a / n
            delta = mean - m
            within = b - a * mean
            q += (within if within > 0.0 else 0.0) + delta * delta * both  # noqa: PLW2901, FURB136
            if not b <= far * q:
                return None
            m += delta * share  # noqa: PLW2901
            new_offset.append(m)
            new_m2.append(q)
            if q > 0.0:
                s = sqrt(q / total)
                f = 1.0 / (s if s > epsilon else epsilon)  # noqa: FURB136 (max() costs a call per component)
                squares += (b - 2.0 * m * a + n * m * m) * f * f
            else:
                f = 0.0
            factor.append(f)
        if not sum(new_m2) < 1e280:
            return None
        moments.hot = (centre, new_offset, new_m2)
        moments.count = total
        if total.bit_length() != count.bit_length():
            moments.recentre(plain=True)  # whenever the count has doubled
        return new_offset, factor, squares
