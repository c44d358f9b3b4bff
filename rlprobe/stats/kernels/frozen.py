"""Standardise with statistics as they are: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from math import isfinite
from sys import getrefcount
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy import float32, multiply, subtract  # looked up in numpy, each costs 0.03 us more

from rlprobe.stats.kernels.column_sums import folding, tiled
from rlprobe.stats.kernels.top_bytes import TOP, TOP_BYTES_UP_TO, within_table
from rlprobe.stats.nonfinite import culprit

if TYPE_CHECKING:
    from rlprobe.stats.moments import Floats, Moments

Float32s: TypeAlias = "npt.NDArray[np.float32]"
Lean: TypeAlias = "tuple[int, int, npt.NDArray[Any], npt.NDArray[Any], bool]"
BLOCK: Final = 1 << 16
"""Elements that are worked on at a time; in float32 a quarter of a megabyte."""
UNUSED: Final = 2
"""What ``sys.getrefcount`` says of an array that only the list of spare ones holds."""


class Frozen:
    """Standardises samples of one array with moments that may be shared, without counting them.

    Args:
        moments: the statistics.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    __slots__ = (
        "affine",
        "clip",
        "clipped",
        "epsilon",
        "floor",
        "lean",
        "limit",
        "limit_squared",
        "moments",
        "skip_nonfinite",
        "spare",
        "table",
    )

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.moments = moments
        self.epsilon, self.floor = epsilon, np.array(epsilon)
        self.clip = float("inf") if clip is None else float(clip)
        self.limit = np.array(self.clip)
        self.limit_squared = self.clip * self.clip
        self.skip_nonfinite = skip_nonfinite
        self.clipped = 0
        self.spare: list[Float32s] = []
        self.table = within_table(self.clip)
        self.lean: Lean = (-1, -1, self.limit, self.limit, False)
        self.affine: tuple[tuple[int, int], Floats, Floats] | None = None

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        moments = self.moments
        count, epoch, mean, inverse, single = self.lean
        if moments.count != count or moments.epoch != epoch:
            mean, inverse, single = self._lean(x.dtype)
        z: npt.NDArray[Any] = multiply(subtract(x, mean), inverse)
        if not single:
            z = z.astype(float32)
        if moments.size <= TOP_BYTES_UP_TO:
            if z.tobytes()[TOP].translate(self.table).isascii():
                return z
        elif z.item(z.argmax()) <= self.clip and z.item(z.argmin()) >= -self.clip:  # false for NaN
            return z
        if isfinite(z.dot(z)):
            return self.limited(z)
        return self.frozen_many(x[None]).reshape(-1)

    def _lean(self, dtype: np.dtype[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], bool]:
        """The coefficients in float32 where that is exact to 1e-6 for float32 samples, else in float64."""
        (count, epoch), mean, inverse = self.coefficients()
        single = dtype == np.float32 and float((np.abs(mean) * inverse).max()) < 10.0
        kind = np.float32 if single else np.float64
        mean, inverse = mean.astype(kind), inverse.astype(kind)
        self.lean = (count, epoch, mean, inverse, single)
        return mean, inverse, single

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        values = rows.reshape(-1)
        if rows.dtype.kind == "f" and not np.isfinite(values).all():
            return self._frozen_nonfinite(rows)
        return self.standardised(rows)

    def _frozen_nonfinite(self, rows: npt.NDArray[Any]) -> Float32s:
        values = rows.astype(np.float64)
        if not self.skip_nonfinite:
            raise culprit(values)
        valid = np.isfinite(values)
        z = self.standardised(np.where(valid, values, self.moments.mean.reshape(-1)))
        return np.where(valid, z, values).astype(np.float32)

    def standardised(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` through the statistics as they are, a block at a time so that it stays in the cache."""
        _, mean, inverse = self.coefficients()
        n, size = rows.shape
        fold = folding(n, size)
        if fold > 1:
            mean, inverse = tiled(mean, fold), tiled(inverse, fold)
        wide = rows.reshape(n // fold, size * fold)
        if wide.size <= BLOCK:
            z: npt.NDArray[Any] = wide - mean
            z *= inverse
            return self.limited(z).astype(np.float32).reshape(n, size)
        return self._in_blocks(wide, mean, inverse).reshape(n, size)

    def _in_blocks(self, wide: npt.NDArray[Any], mean: Floats, inverse: Floats) -> Float32s:
        out = self.output(wide.shape)
        height = max(1, BLOCK // wide.shape[1])
        single = wide.dtype == np.float32
        shift: npt.NDArray[Any] = mean.astype(np.float32) if single else mean
        rest = ((mean - shift) * inverse).astype(np.float32)
        visible = bool(np.abs(rest).max() >= np.finfo(np.float32).eps)  # else below the result's resolution
        factor = inverse.astype(np.float32) if single else inverse
        for start in range(0, len(wide), height):
            z = out[start : start + height]
            if single:
                np.subtract(wide[start : start + height], shift, out=z)
                z *= factor
                if visible:
                    z -= rest
            else:
                z[...] = (wide[start : start + height] - shift) * factor
            self.limited(z)
        return out

    def output(self, shape: tuple[int, ...]) -> Float32s:
        """A large array to return: one returned before if nobody holds it any more, else a new one.

        Fresh memory costs a page fault every 4 KB, as much as the arithmetic.
        """
        for position in range(len(self.spare)):
            if getrefcount(self.spare[position]) == UNUSED and self.spare[position].shape == shape:
                return self.spare[position]
        out = np.empty(shape, dtype=np.float32)
        self.spare = [*self.spare[-2:], out]
        return out

    def coefficients(self) -> tuple[tuple[int, int], Floats, Floats]:
        """Mean and 1 / std as they are now; computed again only when the statistics changed."""
        moments = self.moments
        version = (moments.count, moments.epoch)
        if self.affine is None or self.affine[0] != version:
            mean = moments.mean.reshape(-1)
            std = moments.std.reshape(-1)
            inverse = np.divide(1.0, np.maximum(std, self.floor), where=std > 0, out=np.zeros(std.size))
            self.affine = (version, mean, inverse)
        return self.affine

    def restored(self, z: npt.NDArray[Any]) -> Floats:
        """``z * std + mean``, the inverse of ``frozen_many`` for values that were not clipped."""
        return np.asarray(
            z * np.maximum(self.moments.std, self.epsilon) + self.moments.mean, dtype=np.float64
        )

    def limited(self, z: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``z`` clipped in place, counting what was beyond."""
        flat, clip = z if z.ndim == 1 else z.reshape(-1), self.clip
        if flat.item(flat.argmax()) <= clip and flat.item(flat.argmin()) >= -clip:  # false for NaN
            return z
        beyond = np.abs(z) > self.limit
        count = int(np.count_nonzero(beyond))
        if count:
            self.clipped += count
            z[beyond] = np.copysign(self.limit, z[beyond])
        return z
