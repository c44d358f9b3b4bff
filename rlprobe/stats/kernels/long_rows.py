"""A batch of few columns in long rows: an operation on many short rows spends its time on starting loops."""

from __future__ import annotations

from math import sqrt
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import float32, multiply, subtract  # looked up in numpy, each costs 0.03 us more

from rlprobe.stats.kernels.column_sums import folding
from rlprobe.stats.nonfinite import LARGEST, OVERFLOW

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Floats

ROWS: Final = 32
"""If it can be, there are no more long rows, so that a sum of squares down them bounds each value well."""


class LongRows:
    """Sums of a batch and its standardised form, in buffers that are kept.

    Args:
        n, size: shape of the batch.
    """

    __slots__ = (
        "across",
        "coefficients",
        "factor",
        "fold",
        "near",
        "offset",
        "ones",
        "pair",
        "partial",
        "product",
        "rows",
        "squares",
        "sums",
        "table",
        "write",
        "y",
    )

    def __init__(self, n: int, size: int) -> None:
        self.rows = n
        self.fold = fold = folding(n, size, max(256, n * size // ROWS))
        self.y, self.product = np.empty((2, n // fold, fold * size))
        self.near: npt.NDArray[Any] = self.y
        self.ones = np.ones(n // fold)
        self.partial = np.empty((2, fold * size))
        self.sums, self.squares = self.partial
        self.table = self.partial.reshape(2 * fold, size)
        self.across = np.kron(np.eye(2), np.ones((1, fold)))
        self.pair: Any = np.empty((2, 1, size))
        self.write = Struct(f"{2 * size}d").pack_into
        self.coefficients = np.empty((2, fold, size), dtype=float32)
        self.factor, self.offset = self.coefficients.reshape(2, -1)

    def add(
        self, batch: npt.NDArray[Any], centre: Floats | None
    ) -> tuple[list[float], list[float], float] | None:
        """Column sums of ``batch - centre`` and of its square, in float64, and a bound on every magnitude.

        None if a value is not finite, or its square is not.
        """
        y, squares = self.y, self.squares
        wide = batch.reshape(y.shape)
        y[...] = wide
        if centre is not None:
            subtract(y, centre, y)
        single = wide.dtype == float32
        if not single:
            flat = y.reshape(-1)
            if not max(flat.item(flat.argmax()), -flat.item(flat.argmin())) < LARGEST:
                return None
        self.ones.dot(multiply(y, y, self.product), squares)
        largest = squares.item(squares.argmax())
        if not largest < OVERFLOW:
            return None
        # near the centre float32 is exact enough, and twice as fast
        self.near = wide if centre is None and single else y.astype(float32)
        self.ones.dot(y, self.sums)
        s1, s2 = self.across.dot(self.table).tolist()
        return s1, s2, sqrt(largest)

    def standardised(self, factor: list[float], offset: list[float]) -> npt.NDArray[np.float32]:
        """``(batch - centre) * factor - offset``."""
        self.write(self.pair, 0, *factor, *offset)
        self.coefficients[...] = self.pair
        z: npt.NDArray[np.float32] = multiply(self.near, self.factor)
        subtract(z, self.offset, z)
        self.near = self.y  # holds no reference to the batch
        return z.reshape(self.rows, -1)
