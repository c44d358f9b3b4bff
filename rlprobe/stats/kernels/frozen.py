"""Standardise with NumPy, with the statistics as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy import empty, float32, float64, multiply, subtract

from rlprobe.stats.kernels.batch import AT_ONCE_NUMBERS, SQUARES_VANISH_BELOW, Batch
from rlprobe.stats.nonfinite import LEAST_FACTOR, LEAST_VARIANCE, culprit
from rlprobe.stats.sums import distances

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments

Float32s: TypeAlias = "npt.NDArray[np.float32]"
LARGEST_SINGLE: Final = float(np.finfo(np.float32).max)
LEAST_ROWS: Final = 8
"""With fewer rows, floats are worked on in float64."""
MOST_KEPT_SHAPES: Final = 8
"""Buffers are kept for this many different shapes of batches."""


class BeyondSingleError(ArithmeticError):
    """A result is not finite in float32."""


class Frozen:
    """Standardises samples of one array; for the arguments see ``Kernel``."""

    def __init__(
        self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool, run: int = 1
    ) -> None:
        self.moments, self.epsilon, self.skip_nonfinite, self.run = moments, epsilon, skip_nonfinite, run
        self.limit = LARGEST_SINGLE if clip is None else float(clip)
        self.clipped = 0
        self.floor = np.array(max(epsilon * epsilon, LEAST_VARIANCE))  # an array: ufuncs take it faster
        self.batches: dict[Any, Batch] = {}  # while the centre stays
        self.version, self.wide = -1, 0.0  # up to this count no variance is below the floor
        self.known_count = -1  # to which these belong:
        self.scales = empty((2, moments.size))  # distance of the mean to the centre, and 1 / std

    def standardised(self, x: npt.NDArray[Any]) -> Float32s:
        """``x``, shape ``(rows, size * run)``; 0 where nothing has deviated yet."""
        self.look()
        single = self.in_single(x) and self.scales[1].max() < SQUARES_VANISH_BELOW**-0.5
        batch = self.batch(x, float32 if single else float64)
        try:
            return batch.standardise(x, self.scales, self.limited, added=False)
        except BeyondSingleError:
            return self.carefully(x)

    def one_standardised(self, x: npt.NDArray[Any]) -> Float32s:
        """As ``standardised``, a single sample, shape ``(size,)``: without buffers."""
        self.look()
        y = x.astype(float64)
        subtract(y, self.moments.centre, y)
        subtract(y, self.scales[0], y)
        multiply(y, self.scales[1], y)
        z: Float32s = y.astype(float32)
        try:
            self.limited(z)
        except BeyondSingleError:
            return self.carefully(x)
        return z

    def carefully(self, x: npt.NDArray[Any]) -> Float32s:
        """``x`` of any values: those that are not finite are refused, or passed on."""
        self.look()
        rows, (offset, inverse) = self.rows(x), self.scales
        valid = np.isfinite(rows)
        if not (self.skip_nonfinite or valid.all()):
            raise culprit(np.where(valid, 0.0, rows))
        with np.errstate(over="ignore", invalid="ignore"):
            z = (distances(rows, self.moments.centre) - offset) * inverse
        self.clipped += int(((np.abs(z) > self.limit) & valid).sum())
        z = np.where(valid, z.clip(-self.limit, self.limit), rows)
        return z.astype(float32).reshape(-1, self.run, self.moments.size).swapaxes(1, 2).reshape(x.shape)

    def rows(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``x`` with the components of each sample in a row."""
        size = self.moments.size
        return x.reshape(-1, size, self.run).swapaxes(1, 2).reshape(-1, size)

    def look(self) -> None:
        """Have ``scales`` for the statistics as they are."""
        moments = self.moments
        if self.known_count != moments.count or self.version != moments.version:
            self.renew()
            offset, variance = moments.state.offset_and_variance()
            inverse = np.where(variance > 0.0, np.maximum(variance, self.floor) ** -0.5, LEAST_FACTOR)
            self.scales, self.known_count = np.stack([offset, inverse]), moments.count

    def renew(self) -> None:
        """Forget buffers that hold an earlier centre."""
        if self.moments.version != self.version:
            self.batches.clear()
            self.known_count = -1
            self.version = self.moments.version
            self.wide = float(self.moments.sums[1].min()) / self.floor.item()

    def in_single(self, x: npt.NDArray[Any]) -> bool:
        """Whether to work in float32: on large batches that it holds."""
        if x.size <= AT_ONCE_NUMBERS[float64]:
            return False
        return bool(x.dtype == np.uint8 or (x.dtype == float32 and len(x) >= LEAST_ROWS))

    def batch(self, x: npt.NDArray[Any], dtype: Any) -> Batch:
        """Buffers for ``x``, with the centre as it is."""
        key = len(x), x.dtype, dtype
        found = self.batches.get(key)
        if found is None:
            if len(self.batches) >= MOST_KEPT_SHAPES:
                self.batches.clear()
            of_bytes = dtype is float32 and x.dtype == np.uint8
            found = self.batches[key] = Batch(len(x), self.moments.centre, self.run, dtype, of_bytes=of_bytes)
        return found

    def limited(self, z: Float32s) -> None:
        """Clip ``z`` in place, counting what was beyond.

        Raises:
            BeyondSingleError: a value is not finite.
        """
        limit = self.limit
        if z.item(z.argmax()) <= limit and z.item(z.argmin()) >= -limit:  # false for NaN
            return
        beyond = np.abs(z) > limit
        if not np.isfinite(z).all():
            raise BeyondSingleError
        self.clipped += int(np.count_nonzero(beyond))
        z[beyond] = np.copysign(float32(limit), z[beyond])
