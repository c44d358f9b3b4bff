"""Buffers for batches of one shape.

An operation on two arrays of the same shape takes 0.2 us and 0.2 ns per number. If one row is broadcast to
many, it takes three times as long or more. So such a row is first copied into every row of a buffer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import multiply, subtract

if TYPE_CHECKING:
    import numpy.typing as npt

AT_ONCE_NUMBERS: Final = {np.float64: 1 << 13, np.float32: 1 << 16}
"""Larger batches are divided into smaller blocks, which stay in the cache."""
NARROW_BELOW_COLUMNS: Final = 12
"""With fewer columns, a product copies rows faster than an assignment."""
LONG_FROM_COLUMNS: Final = 128
"""Rows of this length are broadcast as fast as they are copied."""


class Block:
    """Buffers for ``(rows, size)`` numbers, or ``(size,)``, in the type of the centre.

    ``y`` is for the distances to the centre, which is laid out in ``shift``; ``sums`` for their sums.
    """

    __slots__ = ("column", "is_long", "ones", "other", "rows", "s1", "s2", "shift", "squares", "sums", "y")

    fits: Final = True

    def __init__(self, shape: tuple[int, ...], centre: npt.NDArray[Any]) -> None:
        size, dtype = len(centre), centre.dtype
        self.rows = 1 if len(shape) == 1 else shape[0]
        pair = np.empty((2, *shape), dtype)
        self.y, self.squares = pair
        self.other = np.empty(shape, dtype)
        self.sums = pair.reshape(2, size) if self.rows == 1 else np.empty((2, size), dtype)
        self.s1: npt.NDArray[Any] = self.sums[0]
        self.s2: npt.NDArray[Any] = self.sums[1]
        self.ones = np.ones(self.rows, dtype)
        self.is_long = self.rows == 1 or size >= LONG_FROM_COLUMNS
        self.column = self.ones[:, None] if size < NARROW_BELOW_COLUMNS < self.rows else None
        self.shift = self.laid_out(centre, np.empty(shape, dtype))

    def laid_out(self, row: npt.NDArray[Any], into: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``into`` with ``row`` in each of its rows; a long row as it is."""
        if self.is_long:
            return row
        if self.column is None:
            into[...] = row
        else:
            self.column.dot(row[None], into)
        return into

    def scale(self, y: npt.NDArray[Any], offset: npt.NDArray[Any], inverse: npt.NDArray[Any]) -> None:
        """``(y - offset) * inverse`` in place."""
        subtract(y, self.laid_out(offset, self.other), y)
        multiply(y, self.laid_out(inverse, self.squares), y)

    def add_up(self, y: npt.NDArray[Any]) -> None:
        """The sums of the columns of ``y`` and of its squares, into ``sums``."""
        multiply(y, y, self.squares)
        if self.rows > 1:
            self.ones.dot(y, self.s1)
            self.ones.dot(self.squares, self.s2)
