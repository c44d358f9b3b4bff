"""Count samples and standardise them in one pass: ``z = (x - mean) / max(std, epsilon)``, clipped.

One sample goes through Python floats (few components) or ufuncs, a batch through column sums; all compute the
same thing on the same ``Moments`` and change it only after the result is known to be finite.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.column_sums import add_columns, is_large, join_sums, single_sums
from rlprobe.few_columns import FewColumns
from rlprobe.frozen import BLOCK, Float32s, Frozen
from rlprobe.nonfinite import LARGEST, culprit
from rlprobe.pictures import PixelStep, channel_sums, standardise_channels, within

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.moments import Floats, Moments

OVERFLOW: Final = LARGEST * LARGEST
LISTS_UP_TO: Final = 12
"""Up to this many components Python floats are faster than ufunc calls."""
FEW: Final = 1 << 14
"""Up to this many rows, batches of few columns are summed in one piece."""


class Standardiser(Frozen):
    """Counts samples of one array and standardises them; the arguments are those of ``Frozen``."""

    __slots__ = ("buffers", "few", "small", "wide")

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        super().__init__(moments, epsilon=epsilon, clip=clip, skip_nonfinite=skip_nonfinite)
        self.small = moments.size <= LISTS_UP_TO
        self.wide: tuple[float, int, int] = (0.0, 0, -1)  # no floor up to, look again from, epoch
        self.buffers: PixelStep | None = None
        self.few = FewColumns(moments, self.epsilon)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Everything but the buffers."""
        state = {name: getattr(self, name) for name in (*Frozen.__slots__, *self.__slots__)}
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
            large = self._many_large(rows)
            if large is not None:
                return large
        if not add_columns(moments, rows):
            return self._left_out(rows)
        if self.small:
            moments.recentre(plain=True)
        return self.standardised(rows)

    def _many_large(self, rows: npt.NDArray[np.float32]) -> Float32s | None:
        """As ``many``, reading ``rows`` once; None, and nothing counted, where that cannot be done."""
        moments = self.moments
        moments.use_arrays()
        out = self.output(rows.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            shift = (moments.centre + moments.offset).astype(np.float32)
            s1, s2, largest = single_sums(rows, shift, out)
            centre = shift.astype(np.float64)
            if not join_sums(moments, centre, s1, s2, len(rows)):
                return None
        _, mean, inverse = self.coefficients()
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
        _, mean, inverse = self.coefficients()
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
