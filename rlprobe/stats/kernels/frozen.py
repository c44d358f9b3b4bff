"""Standardise without updating the statistics: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy import empty, float32, float64, maximum, sqrt, subtract  # by name: 0.03 us less each

from rlprobe.stats.kernels.block import AT_ONCE_NUMBERS, Block
from rlprobe.stats.kernels.large import Blocks
from rlprobe.stats.nonfinite import culprit

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats

Float32s: TypeAlias = "npt.NDArray[np.float32]"
LARGEST_SINGLE: Final = float(np.finfo(np.float32).max)
LEAST_VARIANCE: Final = 1e-300
LEAST_FACTOR: Final = 1e-300
"""Instead of 1 / std of constant components: their result is 0, and infinite values stay infinite."""
MOST_KEPT_SHAPES: Final = 8
"""Buffers are kept for this many different shapes of batches."""


class BeyondSingleError(ArithmeticError):
    """A result is not finite in float32."""


class Frozen:
    """Standardises samples of one array with moments that may be shared, in buffers that are kept.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.moments, self.epsilon, self.skip_nonfinite = moments, epsilon, skip_nonfinite
        self.settings: dict[str, Any] = {"epsilon": epsilon, "clip": clip, "skip_nonfinite": skip_nonfinite}
        self.limit = LARGEST_SINGLE if clip is None else float(clip)
        self.clipped = 0
        self.floor = np.array(max(epsilon * epsilon, LEAST_VARIANCE))  # an array: ufuncs take it faster
        self.kept: dict[Any, Any] = {}  # buffers, by shape, while the centre stays
        self.version, self.wide = -1, 0.0  # up to this count no variance is below the floor
        self.known: tuple[int, int] | None = None  # count and version to which the next belongs
        self.fixed: tuple[Floats, Floats] = (empty(0), empty(0))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have buffers of their own."""
        return _again, (type(self), self.moments, self.settings, self.clipped)

    def frozen(self, x: npt.NDArray[Any]) -> Float32s:
        """``x``, shape ``(n, size)`` or ``(size,)``, standardised; 0 where nothing has deviated yet."""
        offset, inverse = self.look()
        block = self.kept.get(x.shape) or self._prepared(x.shape)
        try:
            if not block.fits:
                found: Float32s = block.frozen(x, offset, inverse)
                return found
            self.load(x, block.y, block.shift)
            return self.finished(block, offset, inverse)
        except BeyondSingleError:
            return self._with_nonfinite(x)

    def restored(self, z: npt.NDArray[Any]) -> Floats:
        """``z * std + mean``, the inverse of ``frozen`` for values that were not clipped."""
        moments = self.moments
        return np.asarray(z * np.maximum(moments.std, self.epsilon) + moments.mean, dtype=float64)

    def look(self) -> tuple[Floats, Floats]:
        """Distance of the mean to the centre, and 1 / std, of the statistics as they are."""
        moments = self.moments
        if moments.version != self.version:
            self._renew()
        if self.known != (moments.count, moments.version) or moments.remote is not None:
            offset, variance = moments.state.offset_and_variance()
            factor = 1.0 / sqrt(maximum(variance, self.floor))
            self.fixed = offset, np.where(variance > 0.0, factor, LEAST_FACTOR)
            self.known = moments.count, moments.version
        return self.fixed

    def _renew(self) -> None:
        """Forget buffers that hold an earlier centre."""
        self.kept.clear()
        self.version = self.moments.version
        self.wide = float(self.moments.sums[1].min()) / self.floor.item()

    def _prepared(self, shape: tuple[int, ...]) -> Any:
        """Buffers for arrays of ``shape``, with the centre as it is."""
        if len(self.kept) >= MOST_KEPT_SHAPES:
            self.kept.clear()
        large = len(shape) > 1 and shape[0] > 1 and prod(shape) > AT_ONCE_NUMBERS[float64]
        block = self.kept[shape] = Blocks(self, shape) if large else Block(shape, self.moments.centre)
        return block

    def load(self, x: npt.NDArray[Any], y: npt.NDArray[Any], shift: npt.NDArray[Any]) -> None:
        """The distances of ``x`` to the centre, which is laid out in ``shift``, into ``y``."""
        if x.dtype == y.dtype:
            subtract(x, shift, y)
        else:
            y[...] = x  # at once in float64: operations on two types take twice as long
            subtract(y, shift, y)

    def finished(self, block: Block, offset: Floats, inverse: Floats) -> Float32s:
        """``(y - offset) * inverse``, clipped."""
        block.scale(block.y, offset, inverse)
        return self.limited(block.y.astype(float32))

    def limited(self, z: Float32s) -> Float32s:
        """``z`` clipped in place, counting what was beyond.

        Raises:
            BeyondSingleError: a value is not finite.
        """
        limit = self.limit
        if z.item(z.argmax()) <= limit and z.item(z.argmin()) >= -limit:  # false for NaN
            return z
        beyond = np.abs(z) > limit
        if not np.isfinite(z).all():
            raise BeyondSingleError
        self.clipped += int(np.count_nonzero(beyond))
        z[beyond] = np.copysign(float32(self.limit), z[beyond])
        return z

    def _with_nonfinite(self, x: npt.NDArray[Any]) -> Float32s:
        """As ``frozen``, of values some of which are not finite: refused or passed on."""
        values = x.reshape(-1, self.moments.size).astype(float64)
        valid = np.isfinite(values)
        if not (self.skip_nonfinite or valid.all()):
            raise culprit(np.where(valid, 0.0, values))
        offset, inverse = self.look()
        with np.errstate(over="ignore"):
            y = np.where(valid, values - self.moments.centre - offset, 0.0)
            z = np.where(valid, (y * inverse).clip(-self.limit, self.limit), values)
            return z.astype(float32).reshape(x.shape)


def _again(kind: Any, moments: Moments, settings: dict[str, Any], clipped: int) -> Any:
    kernel = kind(moments, **settings)
    kernel.clipped = clipped
    return kernel
