"""Sum and standardise batches with NumPy, in blocks that stay in the cache and buffers that are kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy import empty, float32, float64, multiply, square, subtract  # by name: 0.03 us less each

from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.stats.sums import Floats

Array: TypeAlias = "npt.NDArray[Any]"
Float32s: TypeAlias = "npt.NDArray[np.float32]"
BLOCK_NUMBERS: Final = {float32: 1 << 15, float64: 1 << 13}
"""So many numbers are worked on at once."""
MOST_ADDED: Final = 256
"""Numbers that are added up in float32: the squares of so many bytes sum to less than 2**24, exactly."""
SQUARES_VANISH_BELOW: Final = 1e-30
"""Smaller mean squares may have become 0 in float32."""
FIRST_ROWS: Final = 64
"""So many rows are filled one by one; further ones are copied from them, which is faster."""
CACHE_LINE_BYTES: Final = 64


class Block:
    """Arithmetic on ``n`` rows, while the centre stays.

    A row that is broadcast to many costs more than the arithmetic, so all buffers are as long as the rows.

    Args:
        n: number of rows.
        run: how many neighbouring numbers of a row share each component.
        centre: as in ``sums.State``.
        dtype: in which to work, float32 or float64.
    """

    def __init__(self, n: int, run: int, centre: Floats, dtype: Any) -> None:
        size, self.dtype, self.single = len(centre), np.dtype(dtype), dtype is float32
        buffers = aligned((5, n * size * run), dtype)
        self.y, self.squares, self.centre, self.offset, self.inverse = buffers
        self.rows: Array = self.y.reshape(n, -1)
        tiles = buffers[2:].reshape(3, n, size, run)
        tiles[0], self.first = centre[:, None], tiles[1:, :FIRST_ROWS]
        self.filled = [k for k in (FIRST_ROWS * size * run << i for i in range(20)) if k < self.y.size]
        added = divisor(run if run > 1 else n, MOST_ADDED) if run > 1 or self.single else n
        pair = buffers[:2].reshape((2, -1, added) if run > 1 else (2, added, -1))
        self.columns, self.squared_columns = columns = pair.swapaxes(1, 2) if run > 1 else pair
        self.ones, self.sums = np.ones(added, dtype), empty((2, columns.shape[2]), dtype)
        self.s1, self.s2 = self.sums
        self.folds: tuple[int, ...] | None = (
            (2, -1, size, run // added or 1) if run > 1 or self.single else None
        )

    def load(self, x: Array) -> None:
        """The distances of ``x`` to the centre into ``y``."""
        if x.dtype == self.dtype:
            subtract(x.reshape(-1), self.centre, self.y)
        else:
            self.rows[...] = x  # at once in one type: operations on two types take twice as long
            subtract(self.y, self.centre, self.y)

    def add_up(self, x: Array) -> Floats:
        """Sums of the distances to the centre and of their squares.

        Raises:
            FloatingPointError, RuntimeWarning: they are too large for the dtype, or not finite, or vanish.
        """
        ones, s2 = self.ones, self.s2
        self.load(x)
        square(self.y, self.squares)
        ones.dot(self.columns, self.s1)
        ones.dot(self.squared_columns, s2)
        if self.folds is None:
            return self.sums
        faint = s2 < (SQUARES_VANISH_BELOW * len(ones) if self.single else 0.0)
        if not s2.item(s2.argmax()) < OVERFLOW or self.s1[faint].any():  # also true for NaN
            raise FloatingPointError
        return np.asarray(self.sums.astype(float64).reshape(self.folds).sum(axis=(1, 3)))

    def prepare(self, scales: Floats) -> None:
        """Take over the distance of the mean to the centre, and 1 / std, shape ``(2, size)``."""
        scales = scales.astype(self.dtype, copy=False)
        self.first[...] = scales[:, None, :, None]
        for k in self.filled:
            for tile in (self.offset, self.inverse):
                tile[k : 2 * k] = tile[: min(k, tile.size - k)]

    def standardise(self, limit: Callable[[Array], None]) -> Array:
        """``(y - offset) / std``, which ``limit`` clips in place."""
        subtract(self.y, self.offset, self.y)
        multiply(self.y, self.inverse, self.y)
        limit(self.y)
        return self.rows

    def standardised(self, x: Array, scales: Floats, limit: Any, *, added: bool) -> Float32s:
        """``x`` standardised; ``added``: whether ``add_up`` was called with it just before."""
        if not added:
            self.load(x)
        self.prepare(scales)
        z: Float32s = self.standardise(limit).astype(float32)
        return z


class Blocks:
    """As ``Block``, for batches of any size: one block after the other; blocks of one size share buffers."""

    def __init__(self, n: int, run: int, centre: Floats, dtype: Any) -> None:
        most = max(1, BLOCK_NUMBERS[dtype] // (len(centre) * run))
        most -= most % MOST_ADDED if most > MOST_ADDED else 0
        height = divisor(n, most)
        if 2 * height <= most:
            height = most  # with a rest
        edges = list(pairwise([*range(0, n, height), n]))
        self.shared = {m: Block(m, run, centre, dtype) for m in {end - start for start, end in edges}}
        self.parts = [(slice(start, end), self.shared[end - start]) for start, end in edges]

    def add_up(self, x: Array) -> Floats:
        """See ``Block``."""
        return np.asarray(sum(block.add_up(x[place]) for place, block in self.parts))

    def standardised(self, x: Array, scales: Floats, limit: Any, *, added: bool) -> Float32s:  # noqa: ARG002
        """See ``Block``; the distances are computed again."""
        for block in self.shared.values():
            block.prepare(scales)
        z = empty(x.shape, float32)
        for place, block in self.parts:
            block.load(x[place])
            z[place] = block.standardise(limit)
        return z


def divisor(n: int, most: int) -> int:
    """The largest divisor of ``n`` up to ``most``."""
    return next(k for k in range(min(n, most), 0, -1) if n % k == 0)


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """An empty array that begins with a line of the cache, which halves the time of operations on it."""
    raw = empty(int(np.prod(shape)) * np.dtype(dtype).itemsize + CACHE_LINE_BYTES, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE_BYTES
    found: Array = raw[start : start + len(raw) - CACHE_LINE_BYTES].view(dtype).reshape(shape)
    return found
