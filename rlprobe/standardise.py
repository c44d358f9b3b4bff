"""Count samples and standardise them in one pass: ``z = (x - mean) / max(std, epsilon)``, clipped.

One sample goes through Python floats (few components) or ufuncs, a batch through column sums; all compute the
same thing on the same ``Moments`` and change it only after the result is known to be finite.
"""

from __future__ import annotations

from math import isfinite, sqrt
from sys import getrefcount
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.column_sums import add_columns, folding, is_large, join_sums, single_sums, tiled
from rlprobe.few_columns import FewColumns
from rlprobe.moments import LARGEST, LISTS_UP_TO, Floats, Moments, culprit
from rlprobe.pictures import PixelStep, channel_sums, standardise_channels, within

if TYPE_CHECKING:
    from typing import TypeAlias

Float32s: TypeAlias = "npt.NDArray[np.float32]"
Lean: TypeAlias = "tuple[tuple[int, int], npt.NDArray[Any], npt.NDArray[Any], bool]"
OVERFLOW: Final = LARGEST * LARGEST
BLOCK: Final = 1 << 16
"""Elements that are worked on at a time; in float32 a quarter of a megabyte."""
UNUSED: Final = 2
"""What ``sys.getrefcount`` says of an array that only the list of spare ones holds."""
FEW: Final = 1 << 14
"""Up to this many rows, batches of few columns are summed in one piece."""


class Standardiser:
    """Standardises samples of one array with moments that may be shared.

    Args:
        moments: the statistics; counted into unless a ``frozen_`` method is called.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    __slots__ = (
        "affine",
        "buffers",
        "clip",
        "clipped",
        "epsilon",
        "few",
        "floor",
        "lean",
        "limit",
        "limit_squared",
        "moments",
        "skip_nonfinite",
        "small",
        "spare",
        "wide",
    )

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.moments = moments
        self.epsilon, self.floor = epsilon, np.array(epsilon)
        self.clip = float("inf") if clip is None else float(clip)
        self.limit = np.array(self.clip)
        self.limit_squared = self.clip * self.clip
        self.skip_nonfinite = skip_nonfinite
        self.small = moments.size <= LISTS_UP_TO
        self.clipped = 0
        self.wide: tuple[float, int, int] = (0.0, 0, -1)  # no floor up to, look again from, epoch
        self.buffers: PixelStep | None = None
        self.spare: list[Float32s] = []
        self.few = FewColumns(moments, self.epsilon)
        self.lean: Lean | None = None
        self.affine: tuple[tuple[int, int], Floats, Floats] | None = None

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Everything but the buffers."""
        state = {name: getattr(self, name) for name in self.__slots__}
        return None, state | {"buffers": None, "spare": []}

    # -- one sample --------------------------------------------------------------------------------

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        if self.moments.counts is not None:
            return self._left_out(x[None]).reshape(-1)
        return self._one_small(x) if self.small else self._one_large(x)

    def _one_small(self, sample: npt.NDArray[Any]) -> Float32s:
        moments, epsilon, clip = self.moments, self.epsilon, self.clip
        xs = sample.tolist()
        if moments.count == 0:
            return self._first(sample)
        centre, offset, m2 = moments.hot or moments.use_lists()
        n = moments.count + 1
        new_offset, new_m2, z = [], [], []
        beyond = 0
        for x, c, m, q in zip(xs, centre, offset, m2):  # noqa: B905 (strict costs 0.1 us; sizes are checked)
            y = x - c
            d = y - m
            m += d / n  # noqa: PLW2901
            e = y - m
            q += d * e  # noqa: PLW2901
            s = sqrt(q / n) if q > 0.0 else 0.0
            e /= s if s > epsilon else epsilon  # noqa: FURB136 (max() costs a call per component)
            if not -clip <= e <= clip:
                beyond += 1
                e = clip if e > 0 else -clip
            new_offset.append(m)
            new_m2.append(q)
            z.append(e)
        if not sum(new_m2) < OVERFLOW:
            return self._left_out(sample[None]).reshape(-1)
        moments.hot = (centre, new_offset, new_m2)
        moments.count = n
        self.clipped += beyond
        return np.array(z, dtype=np.float32)

    def _first(self, sample: npt.NDArray[Any]) -> Float32s:
        """The first sample of all, from which nothing deviates yet."""
        values = sample.astype(np.float64)
        if not (np.abs(values) < LARGEST).all():
            return self._left_out(sample[None]).reshape(-1)
        self.moments.join(values, np.zeros_like(values), np.zeros_like(values), 1)
        return np.zeros(values.size, dtype=np.float32)

    def _one_large(self, x: npt.NDArray[Any]) -> Float32s:
        moments = self.moments
        if moments.hot is not None:
            moments.use_arrays()
        if moments.count == 0:
            return self._first(x)
        n = moments.count + 1
        inverse = np.array(1.0 / n)
        d = x - moments.centre
        d -= moments.offset
        if not d.dot(d) < OVERFLOW:
            return self._left_out(x[None]).reshape(-1)
        offset = d * inverse
        z = d - offset
        offset += moments.offset
        d *= z
        d += moments.m2
        moments.offset, moments.m2, moments.count = offset, d, n
        s = np.sqrt(d * inverse)
        if n > self.wide[0] or self.wide[2] != moments.epoch:
            self._floor(s, n)
        z /= s
        single: Float32s = (z if z.dot(z) <= self.limit_squared else self.limited(z)).astype(np.float32)
        return single

    def _floor(self, std: Floats, n: int) -> None:
        """Raise ``std`` to epsilon, and note up to which count none can fall below: ``m2`` never falls."""
        moments = self.moments
        if n >= self.wide[1] or self.wide[2] != moments.epoch:
            safe = float(moments.m2.min()) / (self.epsilon * self.epsilon)
            self.wide = (min(safe, 2.0 * n), 2 * n, moments.epoch)
        np.maximum(std, self.floor, out=std)

    # -- a batch -----------------------------------------------------------------------------------

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        moments = self.moments
        if moments.counts is not None:
            return self._left_out(rows)
        if self.small and moments.count and len(rows) <= FEW:
            found = self.few.counted(rows)
            if found is not None:
                z, squares = found
                return z if squares < 0.99 * self.limit_squared else self.limited(z)
        if moments.count and not self.small and is_large(rows):
            z = self._many_large(rows)
            if z is not None:
                return z
        if not add_columns(moments, rows):
            return self._left_out(rows)
        if self.small:
            moments.recentre(plain=True)
        return self._standardised(rows)

    def _many_large(self, rows: npt.NDArray[np.float32]) -> Float32s | None:
        """As ``many``, reading ``rows`` once; None, and nothing counted, where that cannot be done."""
        moments = self.moments
        moments.use_arrays()
        out = self._output(rows.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            shift = (moments.centre + moments.offset).astype(np.float32)
            s1, s2, largest = single_sums(rows, shift, out)
            centre = shift.astype(np.float64)
            if not join_sums(moments, centre, s1, s2, len(rows)):
                return None
        _, mean, inverse = self._coefficients()
        rest, factor = (mean - centre).astype(np.float32), inverse.astype(np.float32)
        bound = (sqrt(largest) + float(np.abs(rest).max())) * float(factor.max())
        height = max(1, BLOCK // rows.shape[1])
        for start in range(0, len(rows), height):
            z = out[start : start + height]
            z -= rest
            z *= factor
            if not bound < self.clip:
                self.limited(z)
        return out

    def pixels(self, x: npt.NDArray[np.uint8]) -> Float32s:
        """Count the flat picture ``x``, one statistic per pixel, and return it standardised."""
        if self.buffers is None:
            self.buffers = PixelStep(self.moments)
        if self.buffers.fits():
            return self.limited(self.buffers.one(x, np.float32(self.epsilon)))
        if self.moments.count == 0:
            zeros = np.zeros(x.size)
            self.moments.join(zeros, x.astype(np.float64), zeros, 1)
            return zeros.astype(np.float32)
        return self.one(x)

    def channels(self, pixels: npt.NDArray[np.uint8], width: int, *, count: bool) -> Float32s:
        """``pixels``, shape ``(n, channels)``, standardised by channel, after counting them if asked to."""
        channels = pixels.shape[1]
        z: Float32s = pixels.reshape(-1, width * channels).astype(np.float32, "C")
        if count:
            mean, m2 = channel_sums(z, channels)
            self.moments.use_arrays()
            self.moments.join(np.zeros_like(mean), mean, m2, len(pixels))
        _, mean, inverse = self._coefficients()
        standardise_channels(z, mean, inverse)
        z = z.reshape(pixels.shape)
        return z if within(mean, inverse, self.clip) else self.limited(z)

    def _left_out(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count only the finite values of ``rows``, or refuse them."""
        values = rows.astype(np.float64)
        if not self.skip_nonfinite and not (np.abs(values) < LARGEST).all():
            raise culprit(values)
        self.moments.add_rows(values, skip_nonfinite=True)
        return self.frozen_many(rows)

    # -- clipping ----------------------------------------------------------------------------------

    def limited(self, z: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``z`` clipped in place, counting what was beyond.

        A bound on the sum of squares, or of fourth powers, mostly shows at once that nothing is.
        """
        flat = z.reshape(-1)
        if flat.size <= 64:
            if flat.dot(flat) <= self.limit_squared:
                return z
        elif flat.size <= 1024:  # beyond, the sum over plain normal data is too large to tell
            squares = flat * flat
            if squares.dot(squares) <= self.clip**4:
                return z
        elif flat.max() <= self.clip and flat.min() >= -self.clip:
            return z
        beyond = np.abs(z) > self.limit
        count = int(np.count_nonzero(beyond))
        if count:
            self.clipped += count
            z[beyond] = np.copysign(self.limit, z[beyond])
        return z

    # -- without counting --------------------------------------------------------------------------

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        moments, lean = self.moments, self.lean
        if lean is None or lean[0] != (moments.count, moments.epoch):
            lean = self._lean(x.dtype)
        z: npt.NDArray[Any] = x - lean[1]
        z *= lean[2]
        squares = z.dot(z)
        if squares <= self.limit_squared:
            return z if lean[3] else z.astype(np.float32)
        if isfinite(squares):
            return self.limited(z).astype(np.float32)
        return self.frozen_many(x[None]).reshape(-1)

    def _lean(self, dtype: np.dtype[Any]) -> Lean:
        """The coefficients in float32 where that is exact to 1e-6 for float32 samples, else in float64."""
        version, mean, inverse = self._coefficients()
        single = dtype == np.float32 and float((np.abs(mean) * inverse).max()) < 10.0
        kind = np.float32 if single else np.float64
        self.lean = (version, mean.astype(kind), inverse.astype(kind), single)
        return self.lean

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        values = rows.reshape(-1)
        if rows.dtype.kind == "f" and not np.isfinite(values).all():
            return self._frozen_nonfinite(rows)
        return self._standardised(rows)

    def _frozen_nonfinite(self, rows: npt.NDArray[Any]) -> Float32s:
        values = rows.astype(np.float64)
        if not self.skip_nonfinite:
            raise culprit(values)
        valid = np.isfinite(values)
        z = self._standardised(np.where(valid, values, self.moments.mean.reshape(-1)))
        return np.where(valid, z, values).astype(np.float32)

    def _standardised(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` through the statistics as they are, a block at a time so that it stays in the cache."""
        _, mean, inverse = self._coefficients()
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
        out = self._output(wide.shape)
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

    def _output(self, shape: tuple[int, ...]) -> Float32s:
        """A large array to return: one returned before if nobody holds it any more, else a new one.

        Fresh memory costs a page fault every 4 KB, as much as the arithmetic.
        """
        for position in range(len(self.spare)):
            if getrefcount(self.spare[position]) == UNUSED and self.spare[position].shape == shape:
                return self.spare[position]
        out = np.empty(shape, dtype=np.float32)
        self.spare = [*self.spare[-2:], out]
        return out

    def _coefficients(self) -> tuple[tuple[int, int], Floats, Floats]:
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
