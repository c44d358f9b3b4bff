"""Sum and standardise batches with NumPy, in blocks that stay in the cache, in buffers that are kept.

A short row that is broadcast to many costs more than the arithmetic. So several rows are laid side by side,
as one line of about ``LINE`` numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import empty, float32, float64, minimum, multiply, subtract  # by name: 0.03 us less each

from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.sums import Floats

    Array = npt.NDArray[Any]
    Float32s = npt.NDArray[np.float32]

LINE: Final = 2048
AT_ONCE_NUMBERS: Final = {float64: 1 << 13, float32: 1 << 16}
"""Larger batches are divided into blocks."""
MOST_LINES: Final = 1024
"""Per block, so that sums in float32 are exact to 1e-7."""
MOST_LINES_OF_BYTES: Final = 256
"""The squares of this many bytes sum to less than 2**24, so the sum is exact in float32."""
LARGEST_FACTOR: Final = 1e30
"""In float32; 1 / std is larger only for constant components."""
SQUARES_VANISH_BELOW: Final = 1e-30
"""Smaller mean squares may have become 0 in float32."""


class Batch:
    """What batches of ``n`` rows need, while the centre stays.

    Args:
        n: number of rows.
        centre: as in ``sums.State``.
        run: how many neighbouring numbers of a row share each component.
        dtype: in which to work, float32 or float64.
        of_bytes: whether the batches hold bytes.
    """

    def __init__(self, n: int, centre: Floats, run: int, dtype: Any, *, of_bytes: bool) -> None:
        self.n, self.run, self.single = n * run, run, dtype is float32
        nearest = (np.rint(centre) if of_bytes else centre).astype(dtype)
        self.apart = nearest - centre
        size = len(centre) * run
        beside = next(k for k in range(min(n, max(1, LINE // size)), 0, -1) if n % k == 0)
        lines, width = n // beside, beside * size
        most = min(MOST_LINES_OF_BYTES if of_bytes else MOST_LINES, max(1, AT_ONCE_NUMBERS[dtype] // width))
        height = -(-lines // -(-lines // most))  # blocks as equal as can be
        self.columns = width if self.single else size  # longer columns would cost digits of float32
        buffers, ones = empty((2, height, width), dtype), np.ones(height * width // self.columns, dtype)
        self.parts: list[Any] = []  # rows, and buffers for their distances to the centre and for squares
        for start in range(0, lines, height):
            pair = buffers[:, : lines - start]
            y, squares = pair if lines > 1 else pair[:, 0]  # on one axis: in half the time
            columns, squared = pair.reshape(2, -1, self.columns)
            place = slice(start * beside, (start + height) * beside) if lines > height else ...
            self.parts.append((place, y, columns, squares, squared, ones[: len(columns)]))
        self.is_plain = len(self.parts) == 1 and not self.single
        self.sums, self.nothing = empty((2, self.columns), dtype), np.zeros((2, self.columns))
        self.s1, self.s2 = self.sums
        self.nearer = empty((2, len(centre)))
        self.z: Any = None
        tiles = empty((3, beside, size), dtype)
        tiles[0] = nearest.repeat(run)
        self.scales = tiles[1:]
        self.centre, self.offset, self.inverse = tiles.reshape(3, -1)

    def _where(self, z: Array, place: Any, y: Array, columns: Array) -> tuple[Array, Array, Array]:
        """Where distances are kept, in lines, columns and rows: float32 ones in ``z``, out of the cache."""
        if not self.single:
            return y, columns, columns
        rows = z[place]
        return rows.reshape(y.shape), rows.reshape(columns.shape), rows

    def _load(self, x: Array, y: Array, rows: Array) -> None:
        """``x - centre`` into ``y``, also known as ``rows``."""
        if x.dtype == y.dtype:
            subtract(x.reshape(y.shape), self.centre, y)
        else:
            rows[...] = x  # at once in float64: operations on two types take twice as long
            subtract(y, self.centre, y)

    def add_up(self, x: Array) -> Floats | None:
        """Sums of the distances to the centre and of their squares; None if it takes more than the dtype."""
        new: Floats = self.nothing
        self.z = z = empty(x.shape, float32)
        try:
            for place, kept, kept_columns, squares, squared, ones in self.parts:
                y, columns, rows = self._where(z, place, kept, kept_columns)
                self._load(x[place], y, rows)
                multiply(y, y, squares)
                ones.dot(columns, self.s1)
                ones.dot(squared, self.s2)
                new = self.sums if self.is_plain else new + self.sums
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        if self.columns != self.nearer.shape[1]:
            new = new.reshape(2, -1, self.nearer.shape[1], self.run).sum(axis=(1, 3))
        s2 = new[1]
        if not s2.item(s2.argmax()) < OVERFLOW:  # also true for NaN
            return None
        if self.single:
            s1, faint = new[0], SQUARES_VANISH_BELOW * self.n
            if s2.item(s2.argmin()) < faint and ((s2 < faint) & (s1 != 0.0)).any():
                return None
            moved = self.n * self.apart  # the sums are about the nearest float32, so far
            s2 += self.apart * (2.0 * s1 + moved)
            s1 += moved
        return new

    def standardise(
        self, x: Array, scales: Floats, limit: Callable[[Float32s], None], *, added: bool
    ) -> Float32s:
        """``(x - centre - offset) * factor``.

        Args:
            x: the batch.
            scales: offset and factor of each component, shape ``(2, size)``.
            limit: called with each finished part of the result.
            added: whether ``add_up`` was called with ``x`` just before.
        """
        z: Float32s = self.z if added else empty(x.shape, float32)
        loaded = added and (self.single or self.is_plain)
        if self.single:
            subtract(scales[0], self.apart, self.nearer[0])
            minimum(scales[1], LARGEST_FACTOR, out=self.nearer[1])
            scales = self.nearer
        if self.run > 1:
            scales = scales.repeat(self.run, axis=1)
        self.scales[...] = scales[:, None]
        for place, kept, kept_columns, *_ in self.parts:
            y, _, rows = self._where(z, place, kept, kept_columns)
            if not loaded:
                self._load(x[place], y, rows)
            subtract(y, self.offset, y)
            multiply(y, self.inverse, y)
            if not self.single:
                z[place] = rows
            limit(z[place])
        self.z = None  # handed out
        return z
