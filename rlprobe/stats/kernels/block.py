"""Buffers for blocks of rows that stay in the cache.

An operation on two arrays of the same shape takes 0.2 us and 0.2 ns per number. If one row is broadcast to
many, it takes three times as long or more. So such a row is first copied into every row of a buffer.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

BLOCK_NUMBERS: Final = {np.float64: 1 << 13, np.float32: 1 << 16}
"""Numbers per block, by dtype."""
MOST_ROWS: Final = 1024
"""Rows per block, so that sums in float32 are exact to 1e-7."""
NARROW_BELOW_COLUMNS: Final = 12
"""With fewer columns, a product copies rows faster than an assignment."""
LONG_FROM_COLUMNS: Final = 128
"""Rows of this length are broadcast as fast as they are copied."""
MOST_KEPT_LENGTHS: Final = 8
"""Divisions into blocks are kept for this many different batch lengths."""


class Block:
    """Buffers of shape ``(rows, size)``, the first with the centre in each row, and ones to add rows with."""

    __slots__ = ("centre", "column", "ones", "other", "squares", "y")

    def __init__(self, rows: int, centre: npt.NDArray[Any], dtype: Any) -> None:
        self.centre, self.y, self.squares, self.other = np.empty((4, rows, len(centre)), dtype=dtype)
        self.ones = np.ones(rows, dtype=dtype)
        self.column = self.ones[:, None] if len(centre) < NARROW_BELOW_COLUMNS < rows else None
        self.centre[...] = centre

    def laid_out(self, row: npt.NDArray[Any], into: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``into`` with ``row``, of the type of the block, in each of its rows; a long row as it is."""
        if len(row) >= LONG_FROM_COLUMNS:
            return row
        if self.column is None:
            into[...] = row
        else:
            self.column.dot(row[None], into)
        return into


Division: TypeAlias = "list[tuple[slice, Block]]"


class Blocks:
    """Divides batches into blocks, with buffers that are kept.

    Args:
        centre: of the statistics.
    """

    __slots__ = ("centre", "kept")

    def __init__(self, centre: npt.NDArray[np.float64]) -> None:
        self.centre = centre
        self.kept: dict[tuple[int, Any], Division] = {}

    def of(self, n: int, dtype: Any) -> Division:
        """Which of ``n`` rows are in each block, with its buffers; equal blocks share them."""
        return self.kept.get((n, dtype)) or self._divided(n, dtype)

    def _divided(self, n: int, dtype: Any) -> Division:
        if len(self.kept) >= MOST_KEPT_LENGTHS:
            self.kept.clear()
        most = min(MOST_ROWS, max(1, BLOCK_NUMBERS[dtype] // len(self.centre)))
        height = -(-n // -(-n // most))  # blocks as equal as can be
        whole = Block(height, self.centre, dtype)
        division = [(slice(i, i + height), whole) for i in range(0, n - height + 1, height)]
        if n % height:
            division.append((slice(n - n % height, n), Block(n % height, self.centre, dtype)))
        self.kept[n, dtype] = division
        return division
