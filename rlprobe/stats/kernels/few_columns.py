"""A batch with few columns: NumPy for the sums over rows, Python floats for the arithmetic on columns."""

from __future__ import annotations

from math import sqrt
from operator import neg
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.stats.kernels.column_sums import CANCELLATION, tiled
from rlprobe.stats.kernels.long_rows import LongRows

if TYPE_CHECKING:
    from rlprobe.stats.moments import Floats, Moments

SHORT: Final = 128
"""Up to this many elements two matrix products do it; more are folded into longer rows."""


class Products:
    """A batch with a column of ones beside it, so that one product sums and another standardises.

    Args:
        n, size: shape of the batch.
    """

    __slots__ = ("columns", "flat", "map", "rows", "size", "table", "transposed", "write")

    def __init__(self, n: int, size: int) -> None:
        self.rows = np.ones((n, size + 1))
        self.map: Any = np.zeros((size + 1, size))
        self.columns, self.transposed = self.rows[:, :size], self.rows.T
        self.size, self.table = size, np.empty((size + 1, size + 1))
        self.flat = self.table.reshape(-1)
        between = f"{8 * size}x"  # from one element of the diagonal to the next
        self.write = Struct(f"d{between}" * (size - 1) + "d" + "d" * size).pack_into

    def sums(self) -> tuple[list[float], list[float]]:
        """Sums and sums of squares of the columns."""
        size = self.size
        self.transposed.dot(self.rows, self.table)
        table = self.flat.tolist()
        return table[size * (size + 1) :], table[:: size + 2]

    def standardised(self, factor: list[float], offset: list[float]) -> npt.NDArray[np.float32]:
        """``columns * factor - offset``."""
        self.write(self.map, 0, *factor, *map(neg, offset))
        z: npt.NDArray[np.float32] = self.rows.dot(self.map).astype(np.float32)
        return z


class FewColumns:
    """Counts and standardises batches of few columns, with moments that may be shared.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
    """

    __slots__ = ("epsilon", "long", "moments", "products", "tile")

    def __init__(self, moments: Moments, epsilon: float) -> None:
        self.moments, self.epsilon = moments, epsilon
        self.products: Products | None = None
        self.long: LongRows | None = None
        self.tile: tuple[list[float], int, Floats | None] | None = None

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Everything but the buffers, which are views of each other."""
        buffers = dict.fromkeys(("long", "products", "tile"))
        return None, {"moments": self.moments, "epsilon": self.epsilon, **buffers}

    def counted(self, rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], float] | None:
        """``rows``, shape ``(n, size)``, standardised after counting them, and a bound on their squares.

        None, and nothing counted, if ``column_sums.add_columns`` has to do it: a value is not finite, or the
        batch lies so far from the centre that digits would be lost.
        """
        n, size = rows.shape
        if rows.size <= SHORT:
            return self._short(rows)
        long = self.long
        if long is None or long.rows != n:
            self.long = long = LongRows(n, size)
        sums = long.add(rows, self._tile(long.fold))
        found = None if sums is None else self._add(n, sums[0], sums[1])
        if sums is None or found is None:
            return None
        factor, offset, _ = found
        bound = sums[2] * max(factor) + max(*offset, -min(offset))
        return long.standardised(factor, offset), bound * bound

    def _short(self, rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], float] | None:
        products = self.products
        if products is None or len(products.rows) != len(rows):
            self.products = products = Products(*rows.shape)
        products.columns[:] = rows
        tile = self._tile(1)
        if tile is not None:
            np.subtract(products.columns, tile, out=products.columns)
        found = self._add(len(rows), *products.sums())
        if found is None:
            return None
        factor, offset, squares = found
        return products.standardised(factor, offset), squares

    def _tile(self, fold: int) -> Floats | None:
        """The centre, ``fold`` times over; None if it is 0."""
        centre = (self.moments.hot or self.moments.use_lists())[0]
        tile = self.tile
        if tile is None or tile[0] is not centre or tile[1] != fold:
            self.tile = tile = (centre, fold, tiled(centre, fold) if any(centre) else None)
        return tile[2]

    def _add(self, n: int, s1: list[float], s2: list[float]) -> tuple[list[float], list[float], float] | None:
        """Count ``n`` rows by their sums relative to the centre; 1 / std, mean / std and sum of squares."""
        moments, epsilon = self.moments, self.epsilon
        centre, offset, m2 = moments.hot or moments.use_lists()
        count = moments.count
        total = count + n
        share, both = n / total, count * n / total
        far = CANCELLATION * n / total
        new_offset, new_m2, factor, product = [], [], [], []
        squares = 0.0
        for a, b, m, q in zip(s1, s2, offset, m2):  # noqa: B905 (the last of both sums is that of the ones)
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
            product.append(m * f)
        if not sum(new_m2) < 1e280:
            return None
        moments.hot = (centre, new_offset, new_m2)
        moments.count = total
        if total.bit_length() != count.bit_length():
            moments.recentre(plain=True)  # whenever the count has doubled
        return factor, product, squares
