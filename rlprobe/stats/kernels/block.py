"""Sum and standardise batches with NumPy, in blocks that stay in the cache and buffers that are kept."""

from __future__ import annotations

from math import ceil, prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import empty, float32, float64, multiply, square, subtract  # by name: 0.03 us less each

if TYPE_CHECKING:
    from rlprobe.stats.sums import Array, Floats

BLOCK_NUMBERS: Final = {float32: 1 << 15, float64: 1 << 13}
"""So many numbers are worked on at once."""
MOST_ADDED: Final = 256
"""Numbers that are added up in float32: the squares of so many bytes sum to less than 2**24, exactly."""
SQUARES_VANISH_BELOW: Final = 1e-30
"""Smaller mean squares may have become 0 in float32."""
FIRST_ROWS: Final = 64
"""So many rows are filled one by one; further ones are copied from them, which is faster."""
CACHE_LINE_BYTES: Final = 64
ALIGNED_ROWS: Final = 16
"""So many rows of any width fill lines of the cache."""


class Batch:
    """Arithmetic on ``n`` rows, one block of them after the other, while the centre stays.

    A row that is broadcast to many costs more than the arithmetic, so the centre and the scales are as long
    as a block. Distances in float32 become the result; those in float64 stay in a buffer, if it is short.

    Args:
        n: number of rows.
        run: how many neighbouring numbers of a row share each component.
        centre: as in ``sums.State``.
        dtype: in which to work, float32 or float64.
    """

    def __init__(self, n: int, run: int, centre: Floats, dtype: Any) -> None:
        size, width = len(centre), len(centre) * run
        self.shape, self.dtype, self.in_runs, self.single = (n, width), dtype, run > 1, dtype is float32
        most = max(1, BLOCK_NUMBERS[dtype] // width)
        unit = next(k for k in (MOST_ADDED, ALIGNED_ROWS, 1) if most >= k)
        blocks = ceil(n / (most - most % unit))
        height = min(n, max(unit, n // blocks // unit * unit))
        if n <= most and (dtype is float64 or divisor(n, MOST_ADDED) >= ALIGNED_ROWS):
            height = n
        self.end, self.length = (n - n % height) * width, height * width
        self.rest = Batch(n % height, run, centre, dtype) if n % height else None
        buffers = aligned((4, self.length), dtype)
        self.centre, self.offset, self.inverse, self.squares = buffers
        tiles = buffers[:3].reshape(3, height, size, run)
        tiles[0], self.first, self.filled_for = centre[:, None], tiles[1:, :FIRST_ROWS], 0
        self.filled = [k for k in (FIRST_ROWS * width << i for i in range(20)) if k < self.length]
        self.added = divisor(run if run > 1 else height, MOST_ADDED) if run > 1 or self.single else height
        self.ones, self.folds = np.ones(self.added, dtype), (2, -1, size, run // self.added or 1)
        self.sums = empty((2, self.length // self.added), dtype)
        self.s1, self.s2 = self.sums
        self.squared_columns, self.faint = self.columns(self.squares), SQUARES_VANISH_BELOW * self.added
        self.kept = None if self.single or self.length < n * width else self.room()

    def columns(self, y: Array) -> Array:
        """A block with the numbers that are added up below each other."""
        return y.reshape(-1, self.added).T if self.in_runs else y.reshape(self.added, -1)

    def room(self) -> Any:
        """Rows for the distances to the centre, and their ``parts``."""
        rows = aligned(self.shape, self.dtype)
        return rows, self.parts(rows.reshape(-1))

    def parts(self, y: Array, begin: int = 0) -> list[tuple[Batch, slice, Array, Array]]:
        """Of each block in the flat ``y``: whose buffers it uses, its place, its numbers, and its columns."""
        end = begin + self.end
        places = [slice(i, i + self.length) for i in range(begin, end, self.length)]
        found = [(self, place, y[place], self.columns(y[place])) for place in places]
        return found + self.rest.parts(y, end) if self.rest else found

    def load(self, x: Array, y: Array) -> None:
        """The distances of a block to the centre into ``y``."""
        if x.dtype != y.dtype:
            y[...] = x  # at once in one type: operations on two types take twice as long
            x = y
        subtract(x, self.centre, y)

    def add_up(self, y: Array, columns: Array) -> Floats:
        """Sums of the distances of a block, and of their squares.

        Raises:
            FloatingPointError: squares vanish in float32.
        """
        ones, s1, s2 = self.ones, self.s1, self.s2
        square(y, self.squares)
        ones.dot(columns, s1)
        ones.dot(self.squared_columns, s2)
        if self.single and s2.item(s2.argmin()) < self.faint and s1[s2 < self.faint].any():
            raise FloatingPointError
        sums = self.sums if self.kept else self.sums.astype(float64)
        return sums if sums.shape[1] == self.folds[2] else sums.reshape(self.folds).sum(axis=(1, 3))

    def standardise(self, y: Array, scales: Floats, key: int) -> None:
        """Make ``(y - offset) / std`` of the distances ``y`` of a block, in place.

        The offset of the mean and 1 / std are ``scales``, shape ``(2, size)``; each has a ``key``, not 0.
        """
        if self.filled_for != key:
            self.first[...], self.filled_for = scales[:, None, :, None], key
            for tile in (self.offset, self.inverse):
                for k in self.filled:
                    tile[k : 2 * k] = tile[: min(k, tile.size - k)]
        subtract(y, self.offset, y)
        multiply(y, self.inverse, y)


def divisor(n: int, most: int) -> int:
    """The largest divisor of ``n`` up to ``most``."""
    return next(k for k in range(min(n, most), 0, -1) if n % k == 0)


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """An empty array that begins with a line of the cache, which halves the time of operations on it."""
    raw = empty(prod(shape) * np.dtype(dtype).itemsize + CACHE_LINE_BYTES, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE_BYTES
    found: Array = raw[start : start + len(raw) - CACHE_LINE_BYTES].view(dtype).reshape(shape)
    return found
