"""Sum and standardise a block of samples with NumPy, in buffers that are kept."""

from __future__ import annotations

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
MOST_ADDED: Final = 256
"""Numbers that are added up in float32: the squares of so many bytes sum to less than 2**24, exactly."""
CACHE_LINE_BYTES: Final = 64
SQUARES_VANISH_BELOW: Final = 1e-30
"""Smaller mean squares may have become 0 in float32."""


class NotFiniteError(ArithmeticError):
    """A result is not finite."""


class Block:
    """Arithmetic on ``n`` rows, while the centre stays.

    A short row that is broadcast to many costs more than the arithmetic. So several rows are laid side by
    side, as one line.

    Args:
        n: number of rows.
        beside: how many of them are laid side by side; divides ``n``.
        run: how many neighbouring numbers of a row share each component.
        centre: as in ``sums.State``.
        scales: distance of the mean to the centre, and 1 / std, shape ``(2, size)``; read at each use.
        dtype: in which to work, float32 or float64.
    """

    def __init__(self, n: int, beside: int, run: int, centre: Floats, scales: Floats, dtype: Any) -> None:  # noqa: PLR0917
        size, self.single, self.dtype, self.given = len(centre), dtype is float32, np.dtype(dtype), scales
        row, lines, width = size * run, n // beside, beside * size * run
        pair, tiles = aligned((2, n * row), dtype), aligned((3, width), dtype)
        self.flat = pair[0]
        self.y, self.squares = pair.reshape(2, lines, width) if lines > 1 else pair  # one axis: half the time
        self.rows = self.flat.reshape(n, row)
        self.centre, self.offset, self.inverse = tiles
        tiles[0].reshape(beside, size, run)[...] = centre[:, None]
        self.scales = scales.astype(dtype) if self.single else scales
        self.tile, self.spread = tiles[1:].reshape(2, beside, size, run), self.scales[:, None, :, None]
        within = divisor(run, MOST_ADDED)  # numbers of a run that are added up at once, or rows:
        apart = beside if self.single and n > MOST_ADDED else 1
        columns = pair.reshape(2, -1, within).swapaxes(1, 2) if run > 1 else pair.reshape(2, -1, apart * row)
        self.columns, self.squared_columns = columns
        self.ones, self.sums = np.ones(columns.shape[1], dtype), empty((2, columns.shape[2]), dtype)
        self.s1, self.s2 = self.sums
        self.folds = (2, -1, size, run // within) if self.single or run > 1 else None

    def load(self, x: Array) -> None:
        """The distances of ``x`` to the centre into ``y``."""
        y = self.y
        if x.dtype == self.dtype:
            subtract(x.reshape(y.shape), self.centre, y)
        else:
            self.rows[...] = x  # at once in one type: operations on two types take twice as long
            subtract(y, self.centre, y)

    def add_up(self, x: Array) -> Floats | None:
        """Sums of the distances to the centre and of their squares; None if it takes more than the dtype."""
        ones, s2 = self.ones, self.s2
        try:
            self.load(x)
            square(self.y, self.squares)
            ones.dot(self.columns, self.s1)
            ones.dot(self.squared_columns, s2)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        if not s2.item(s2.argmax()) < OVERFLOW:  # also true for NaN
            return None
        if self.folds is None:
            return self.sums
        faint = SQUARES_VANISH_BELOW * len(ones)
        if self.single and s2.item(s2.argmin()) < faint and ((s2 < faint) & (self.s1 != 0.0)).any():
            return None
        parts: Floats = self.sums.astype(float64).reshape(self.folds).sum(axis=1)
        return parts[:, :, 0] if parts.shape[2] == 1 else parts.sum(axis=2)

    def prepare(self) -> None:
        """Take over ``scales`` as they are now."""
        if self.single:
            self.scales[...] = self.given
        self.tile[...] = self.spread

    def standardise(self, limit: Callable[[Array], None]) -> None:
        """``(y - offset) / std``, which ``limit`` clips in place."""
        y = self.y
        subtract(y, self.offset, y)
        multiply(y, self.inverse, y)
        limit(self.flat)

    def standardised(self, x: Array, limit: Callable[[Array], None], *, added: bool) -> Float32s:
        """``x`` standardised; ``added``: whether ``add_up`` was called with it just before."""
        if not added:
            self.load(x)
        self.prepare()
        self.standardise(limit)
        z: Float32s = self.rows.astype(float32)
        return z


def clip(y: Array, limit: float) -> int:
    """Clip the flat ``y`` in place; the number of values that were beyond.

    Raises:
        NotFiniteError: a value is not finite.
    """
    if y.item(y.argmax()) <= limit and y.item(y.argmin()) >= -limit:  # false for NaN
        return 0
    if not np.isfinite(y).all():
        raise NotFiniteError
    beyond = np.abs(y) > limit
    y[beyond] = np.copysign(limit, y[beyond])
    return int(np.count_nonzero(beyond))


def divisor(n: int, most: int) -> int:
    """The largest divisor of ``n`` up to ``most``."""
    return next(k for k in range(min(n, most), 0, -1) if n % k == 0)


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """An empty array that begins with a line of the cache, which halves the time of operations on it."""
    raw = empty(int(np.prod(shape)) * np.dtype(dtype).itemsize + CACHE_LINE_BYTES, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE_BYTES
    found: Array = raw[start : start + len(raw) - CACHE_LINE_BYTES].view(dtype).reshape(shape)
    return found
