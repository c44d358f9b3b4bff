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
        self.is_plain = len(self.parts) == 1 and not self.single and run == 1
        self.buffers = self.parts[0][1:]
        self.y, self.rows = self.buffers[:2]
        self.sums = empty((2, self.columns), dtype)
        self.s1, self.s2 = self.sums
        self.nearer = empty((2, len(centre)))
        self.z: Any = None
        tiles = empty((3, beside, size), dtype)
        tiles[0] = nearest.repeat(run)
        self.scales = tiles[1:]
        self.centre, self.offset, self.inverse = tiles.reshape(3, -1)

    def add_up(self, x: Array) -> Floats | None:
        """Sums of the distances to the centre and of their squares; None if it takes more than the dtype."""
        try:
            new = self._sum(x, *self.buffers) if self.is_plain else self._sum_blocks(x)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        s2 = new[1]
        if not s2.item(s2.argmax()) < OVERFLOW:  # also true for NaN
            return None
        return self._about_centre(new) if self.single else new

    def _sum(self, x: Array, y: Array, columns: Array, squares: Array, squared: Array, ones: Array) -> Array:  # noqa: PLR0917
        """The sums of one block; leaves the distances in ``y``, also known as ``columns``."""
        self._load(x, y, columns)
        multiply(y, y, squares)
        ones.dot(columns, self.s1)
        ones.dot(squared, self.s2)
        return self.sums

    def _load(self, x: Array, y: Array, rows: Array) -> None:
        """``x - centre`` into ``y``, also known as ``rows``."""
        if x.dtype == y.dtype:
            subtract(x.reshape(y.shape), self.centre, y)
        else:
            rows[...] = x  # at once in float64: operations on two types take twice as long
            subtract(y, self.centre, y)

    def _sum_blocks(self, x: Array) -> Floats:
        """The sums of all blocks; distances in float32 wait in ``z``, out of the cache."""
        self.z = empty(x.shape, float32)
        new = np.zeros((2, self.nearer.shape[1]))
        for place, y, columns, squares, squared, ones in self.parts:
            if self.single:
                part, kept = (one[place].reshape(columns.shape) for one in (x, self.z))
                sums = self._sum(part, kept.reshape(y.shape), kept, squares, squared, ones)
            else:
                sums = self._sum(x[place], y, columns, squares, squared, ones)
            if sums.shape != new.shape:
                sums = sums.reshape(2, -1, new.shape[1], self.run).sum(axis=(1, 3), dtype=float64)
            new += sums
        return new

    def _about_centre(self, new: Floats) -> Floats | None:
        """Sums about the nearest float32 as sums about the centre; None if squares vanished in float32."""
        (s1, s2), faint = new, SQUARES_VANISH_BELOW * self.n
        if s2.item(s2.argmin()) < faint and ((s2 < faint) & (s1 != 0.0)).any():
            return None
        moved = self.n * self.apart
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
        if self.single:
            subtract(scales[0], self.apart, self.nearer[0])
            minimum(scales[1], LARGEST_FACTOR, out=self.nearer[1])
            scales = self.nearer
        self.scales[...] = (scales if self.run == 1 else scales.repeat(self.run, axis=1))[:, None]
        if self.is_plain:
            y, rows = self.y, self.rows
            if not added:
                self._load(x, y, rows)
            subtract(y, self.offset, y)
            multiply(y, self.inverse, y)
            z: Float32s = rows.astype(float32)
            limit(z)
            return z
        z, self.z = self.z if added else empty(x.shape, float32), None
        for place, kept, rows, *_ in self.parts:
            y = z[place].reshape(kept.shape) if self.single else kept
            if not (added and self.single):
                self._load(x[place], y, z[place] if self.single else rows)
            subtract(y, self.offset, y)
            multiply(y, self.inverse, y)
            if not self.single:
                z[place] = rows
            limit(z[place])
        return z
