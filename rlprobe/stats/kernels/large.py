"""Batches that do not fit into the cache at once: in blocks of rows, those of float32 in that precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import add, empty, errstate, float32, float64, minimum

from rlprobe.stats.kernels.block import AT_ONCE_NUMBERS, Block
from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.sums import Floats

    Float32s = npt.NDArray[np.float32]

MOST_ROWS: Final = 1024
"""Rows per block, so that sums in float32 are exact to 1e-7."""
LEAST_ROWS: Final = 8
"""With fewer rows, everything is computed in float64."""
SQUARES_VANISH_BELOW: Final = 1e-30
"""Smaller mean squares may have become 0 in float32."""
LARGEST_FACTOR: Final = 1e30
"""In float32; 1 / std is larger only for constant components."""


class Blocks:
    """Large batches of one shape, divided into blocks with buffers that are kept.

    Args:
        kernel: whose statistics and settings are meant.
        shape: of the batches, ``(n, size)``.
    """

    fits: Final = False

    def __init__(self, kernel: Any, shape: tuple[int, ...]) -> None:
        self.kernel, self.rows, self.size = kernel, *shape
        self.apart: Any = None  # of the nearest float32 from the centre
        self.kept: dict[Any, list[tuple[slice, Block]]] = {}

    def counted(self, x: npt.NDArray[Any]) -> Float32s | None:
        """``x`` standardised after counting it; None, and nothing counted, if a value cannot be counted."""
        z = None
        if x.dtype == float32 and self.rows >= LEAST_ROWS:
            with errstate(over="ignore", invalid="ignore"):
                z = self._counted(x, float32)
        return self._counted(x, float64) if z is None else z

    def frozen(self, x: npt.NDArray[Any], offset: Floats, inverse: Floats) -> Float32s:
        """``x`` standardised."""
        fine = x.dtype == float32 and self.rows >= LEAST_ROWS and inverse.max() < SQUARES_VANISH_BELOW**-0.5
        z: Float32s = empty(x.shape, float32)
        return self._scaled(x, z, float32 if fine else float64, offset, inverse, loaded=False)

    def _division(self, dtype: Any) -> list[tuple[slice, Block]]:
        """Which rows are in each block, with its buffers; equal blocks share them."""
        if dtype not in self.kept:
            most = min(MOST_ROWS, max(1, AT_ONCE_NUMBERS[dtype] // self.size))
            height = -(-self.rows // -(-self.rows // most))  # blocks as equal as can be
            centre = self.kernel.moments.centre
            with errstate(over="ignore", invalid="ignore"):
                nearest = centre.astype(dtype)
                if dtype is float32:
                    self.apart = nearest - centre
            blocks = {n: Block((n, self.size), nearest) for n in {height, self.rows % height or height}}
            starts = range(0, self.rows, height)
            self.kept[dtype] = [(slice(i, i + height), blocks[min(height, self.rows - i)]) for i in starts]
        return self.kept[dtype]

    def _counted(self, x: npt.NDArray[Any], dtype: Any) -> Float32s | None:
        kernel, moments = self.kernel, self.kernel.moments
        new, z = np.zeros((2, self.size)), empty(x.shape, float32)
        try:
            for place, block in self._division(dtype):
                y = z[place] if dtype is float32 else block.y
                kernel.load(x[place], y, block.shift)
                block.add_up(y)
                new += block.sums
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        s1, s2 = new
        if not s2.item(s2.argmax()) < OVERFLOW:  # also true for NaN
            return None
        if dtype is float32:
            faint = SQUARES_VANISH_BELOW * self.rows
            if s2.item(s2.argmin()) < faint and ((s2 < faint) & (s1 != 0.0)).any():
                return None
            moved = self.rows * self.apart  # the sums are about the nearest float32, so far
            s2 += self.apart * (2.0 * s1 + moved)
            s1 += moved
        total = moments.count + self.rows
        offset, std = kernel.scales(add(moments.sums, new, moments.spare), total)
        loaded = dtype is float32
        z = self._scaled(x, z, dtype, offset, 1.0 / std, loaded=loaded)
        moments.accept(total)
        return z

    def _scaled(
        self,
        x: npt.NDArray[Any],
        z: Float32s,
        dtype: Any,
        offset: Floats,
        inverse: Floats,
        *,
        loaded: bool,
    ) -> Float32s:
        """``(x - centre - offset) * inverse`` in ``z``, clipped; ``loaded`` if ``z`` holds ``x - centre``."""
        division = self._division(dtype)
        if dtype is float32:
            offset = (offset - self.apart).astype(dtype)
            inverse = minimum(inverse, LARGEST_FACTOR).astype(dtype)
        for place, block in division:
            y = z[place] if dtype is float32 else block.y
            if not loaded:
                self.kernel.load(x[place], y, block.shift)
            block.scale(y, offset, inverse)
            if dtype is not float32:
                z[place] = y
            self.kernel.limited(z[place])
        return z
