"""Standardise without updating the statistics: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy import float32, multiply, subtract  # looked up in numpy, each costs 0.03 us more

from rlprobe.stats.kernels.batch import Batch
from rlprobe.stats.kernels.sample import Bounds
from rlprobe.stats.nonfinite import culprit

if TYPE_CHECKING:
    from rlprobe.stats.chan import Floats
    from rlprobe.stats.moments import Moments

Float32s: TypeAlias = "npt.NDArray[np.float32]"
LARGEST_SINGLE: Final = float(np.finfo(np.float32).max)
INVERSE_OF_CONSTANT: Final = 1e-300
"""Factor for constant components: their result is 0, and infinite values stay infinite."""


class BeyondSingleError(ArithmeticError):
    """A result is not finite in float32."""


class Frozen:
    """Standardises samples of one array with moments that may be shared, without counting them.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.moments, self.epsilon = moments, epsilon
        self.clip, self.skip_nonfinite = clip, skip_nonfinite
        self.limit = LARGEST_SINGLE if clip is None else float(clip)
        self.clipped = 0
        self.bounds = Bounds(moments, epsilon, self.limit)
        self.batch = Batch(moments, epsilon, self.limited, self.bounds)
        self.known: tuple[int, int] | None = None  # count and version that the next two belong to
        self.mean, self.inverse = np.zeros((2, moments.size))
        self.distance = np.empty(moments.size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have buffers of their own."""
        settings = {"epsilon": self.epsilon, "clip": self.clip, "skip_nonfinite": self.skip_nonfinite}
        return _again, (type(self), self.moments, settings, self.clipped)

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        if self.known != (self.moments.count, self.moments.version) or self.moments.remote is not None:
            self._look()
        d = self.distance
        d[...] = x
        subtract(d, self.mean, d)
        z: Float32s = multiply(d, self.inverse, d).astype(float32)
        try:
            return self.limited(z)
        except BeyondSingleError:
            return self._frozen_nonfinite(x[None]).reshape(-1)

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        if self.known != (self.moments.count, self.moments.version) or self.moments.remote is not None:
            self._look()
        try:
            return self.batch.standardised(rows, self.mean, self.inverse)
        except BeyondSingleError:
            return self._frozen_nonfinite(rows)

    def _frozen_nonfinite(self, rows: npt.NDArray[Any]) -> Float32s:
        values = rows.astype(np.float64)
        valid = np.isfinite(values)
        if not (self.skip_nonfinite or valid.all()):
            raise culprit(np.where(valid, 0.0, values))
        with np.errstate(over="ignore"):
            z = ((np.where(valid, values, self.mean) - self.mean) * self.inverse).clip(
                -self.limit, self.limit
            )
            return np.where(valid, z, values).astype(np.float32)

    def _look(self) -> None:
        """Bring mean and 1 / std up to date with the statistics."""
        moments = self.moments
        moments.fetch()
        self.known = (moments.count, moments.version)
        std = moments.std.reshape(-1)
        self.mean[...] = moments.mean.reshape(-1)
        self.inverse[...] = INVERSE_OF_CONSTANT
        np.divide(1.0, np.maximum(std, self.epsilon), where=std > 0, out=self.inverse)

    def restored(self, z: npt.NDArray[Any]) -> Floats:
        """``z * std + mean``, the inverse of ``frozen_many`` for values that were not clipped."""
        return np.asarray(
            z * np.maximum(self.moments.std, self.epsilon) + self.moments.mean, dtype=np.float64
        )

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
        z[beyond] = np.copysign(float32(limit), z[beyond])
        return z


def _again(kind: Any, moments: Moments, settings: dict[str, Any], clipped: int) -> Any:
    kernel = kind(moments, **settings)
    kernel.clipped = clipped
    return kernel
