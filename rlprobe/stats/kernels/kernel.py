"""Count samples and standardise them in one go: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, divide, empty, float32, float64, maximum, multiply, reciprocal, sqrt, subtract

from rlprobe.stats.kernels.bytes import Channels
from rlprobe.stats.kernels.frozen import Float32s, Frozen
from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats


class Kernel(Frozen):
    """Counts samples of one array and standardises them; the arguments are those of ``Frozen``."""

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        super().__init__(moments, epsilon=epsilon, clip=clip, skip_nonfinite=skip_nonfinite)
        self.pair, self.scaled = empty((2, 2, moments.size))
        self.y, self.squares = self.pair
        self.offset, self.variance = self.scaled
        self.std, self.share = empty(moments.size), empty(())
        self.channels: Channels | None = None

    def count(self, x: npt.NDArray[Any]) -> Float32s:
        """Count ``x``, shape ``(n, size)`` or ``(size,)``, and return it standardised.

        Raises:
            FoundNonFiniteError: a value is NaN, infinite or has no finite square; nothing has been counted.
        """
        if x.size == 0:
            return x.astype(float32)
        moments = self.moments
        if moments.version != self.version:
            self._renew()
        n = 1 if x.ndim == 1 else len(x)
        if n == 1 and x.ndim > 1:
            return self.count(x[0])[None]
        if moments.takes(n):
            z = self._one(x) if x.ndim == 1 else self._many(x)
            if z is not None:
                return z
        self._add(x.reshape(-1, moments.size))
        return self.frozen(x)

    def pictures(self, leaf: Leaf, batch: npt.NDArray[np.uint8], *, counting: bool) -> Float32s:
        """Pictures of bytes, shape ``(n, *leaf.shape)``, standardised by channel, and counted if asked to."""
        if self.channels is None:
            self.channels = Channels(leaf, self.moments)
        z = self.channels.as_floats(batch)
        if counting:
            self.channels.count(z)
        offset, inverse = self.look()
        mean = self.moments.centre + offset
        self.channels.standardise(z, mean, inverse)
        farthest = (maximum(mean, 255.0 - mean) * inverse).max()
        z = z.reshape(batch.shape)
        return z if farthest <= self.limit else self.limited(z)

    def _add(self, rows: npt.NDArray[Any]) -> None:
        """Count the first samples of all, and those with values that are refused or left out."""
        self.moments.add_rows(rows.astype(float64), skip_nonfinite=self.skip_nonfinite)

    def _one(self, x: npt.NDArray[Any]) -> Float32s | None:
        """A single sample, without calls that could be spared."""
        moments, y, squares = self.moments, self.y, self.squares
        self.load(x, y, moments.centre)
        try:
            multiply(y, y, squares)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        if not squares.item(squares.argmax()) < OVERFLOW:  # also true for NaN
            return None
        total = moments.count + 1
        offset, std = self.scales(add(moments.sums, self.pair, moments.spare), total)
        subtract(y, offset, y)
        z = self.limited(divide(y, std, y).astype(float32))
        moments.accept(total)
        return z

    def _many(self, x: npt.NDArray[Any]) -> Float32s | None:
        """``x`` standardised after counting it; None, and nothing counted, if a value cannot be counted."""
        moments, block = self.moments, self.kept.get(x.shape) or self._prepared(x.shape)
        if not block.fits:
            found: Float32s | None = block.counted(x)
            return found
        self.load(x, block.y, block.shift)
        try:
            block.add_up(block.y)
        except (RuntimeWarning, FloatingPointError):
            return None
        if not block.s2.item(block.s2.argmax()) < OVERFLOW:
            return None
        total = moments.count + len(x)
        offset, std = self.scales(add(moments.sums, block.sums, moments.spare), total)
        z = self.finished(block, offset, reciprocal(std, std))
        moments.accept(total)
        return z

    def scales(self, sums: Floats, total: int) -> tuple[Floats, Floats]:
        """Distance of the mean to the centre, and the standard deviation or epsilon."""
        share, offset, std = self.share, self.offset, self.std
        share[()] = 1.0 / total
        multiply(sums, share, self.scaled)
        multiply(offset, offset, std)
        subtract(self.variance, std, std)
        if total > self.wide:
            maximum(std, self.floor, out=std)
        return offset, sqrt(std, std)
