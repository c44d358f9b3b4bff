"""Count samples and standardise them in one pass: ``z = (x - mean) / max(std, epsilon)``, clipped.

One sample goes through Python floats (few components) or ufuncs, a batch through column sums; all compute the
same thing on the same ``Moments`` and change it only after the result is known to be finite.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.kernels import large_batch
from rlprobe.stats.kernels.column_sums import add_columns, is_large
from rlprobe.stats.kernels.few_columns import FewColumns
from rlprobe.stats.kernels.frozen import Float32s, Frozen
from rlprobe.stats.kernels.long_sample import LongSample
from rlprobe.stats.kernels.pictures import PixelStep, channel_sums, standardise_channels, within
from rlprobe.stats.nonfinite import LARGEST, OVERFLOW, culprit

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Moments

LISTS_UP_TO: Final = 12
"""Up to this many components Python floats are faster than ufunc calls."""
FEW: Final = 1 << 14
"""Up to this many rows, batches of few columns are summed in one piece."""


class Standardiser(Frozen):
    """Counts samples of one array and standardises them; the arguments are those of ``Frozen``."""

    __slots__ = ("buffers", "few", "long", "small")

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        super().__init__(moments, epsilon=epsilon, clip=clip, skip_nonfinite=skip_nonfinite)
        self.small = moments.size <= LISTS_UP_TO
        self.buffers: PixelStep | None = None
        self.long: LongSample | None = None
        self.few = FewColumns(moments, self.epsilon)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Everything but the buffers."""
        state = {name: getattr(self, name) for name in (*Frozen.__slots__, *self.__slots__)}
        return None, state | {"buffers": None, "long": None, "spare": []}

    # -- one sample --------------------------------------------------------------------------------

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        if self.moments.counts is not None:
            return self._left_out(x[None]).reshape(-1)
        if self.small:
            return self._one_small(x)
        if self.moments.count == 0:
            return self._first(x)
        if self.long is None:
            self.long = LongSample(self.moments, self.epsilon, self.clip)
        found = self.long.counted(x)
        if found is None:
            return self._left_out(x[None]).reshape(-1)
        z, within = found
        return z if within else self.limited(z)

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
            large = large_batch.counted(self, rows)
            if large is not None:
                return large
        if not add_columns(moments, rows):
            return self._left_out(rows)
        if self.small:
            moments.recentre(plain=True)
        return self.standardised(rows)

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
