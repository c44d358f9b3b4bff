"""Pictures of bytes: exact sums in few passes over memory, because a picture has many components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.stats.kernels.column_sums import tiled

if TYPE_CHECKING:
    from rlprobe.stats.moments import Floats, Moments


class PixelStep:
    """One picture into one statistic per pixel, in buffers that are kept: no pass allocates memory.

    Bytes are always finite, so the moments can be changed in place.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.own: tuple[Any, ...] = ()
        self.scratch = np.empty((2, moments.size))
        self.single = np.empty((2, moments.size), dtype=np.float32)

    def fits(self) -> bool:
        """Whether the moments are in use, complete and relative to 0, as this needs it."""
        moments = self.moments
        if moments.count == 0 or moments.counts is not None or moments.hot is not None:
            return False
        if self.own and self.own[0] is moments.centre and self.own[1] is moments.offset:
            return True
        if moments.centre.any():
            return False
        moments.offset, moments.m2 = moments.offset.copy(), moments.m2.copy()
        self.own = (moments.centre, moments.offset)
        return True

    def one(self, x: npt.NDArray[np.uint8], epsilon: np.float32) -> npt.NDArray[np.float32]:
        """Count the flat picture ``x`` and return it standardised, not yet clipped."""
        moments = self.moments
        moments.count += 1
        d, t = self.scratch
        s, e = self.single
        inverse = np.array(1.0 / moments.count)
        np.subtract(x, moments.offset, out=d)
        np.multiply(d, inverse, out=t)
        moments.offset += t
        np.subtract(d, t, out=t)
        e[:] = t
        np.multiply(d, t, out=d)
        moments.m2 += d
        s[:] = moments.m2
        s *= np.float32(1.0 / moments.count)
        np.sqrt(s, out=s)
        np.maximum(s, epsilon, out=s)
        return e / s


EXACT: Final = 256
"""Rows whose squared bytes add up to less than 2**24, and so exactly in float32."""
_ONES32: Final = np.ones(EXACT, dtype=np.float32)


def channel_sums(values: npt.NDArray[np.float32], channels: int) -> tuple[Floats, Floats]:
    """Mean and sum of squared deviations of each channel, exact.

    Args:
        values: bytes as float32, shape ``(n, width * channels)``.
        channels: how many columns are channels of one pixel.
    """
    s1, s2 = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for start in range(0, len(values), EXACT):
        block = values[start : start + EXACT]
        one = _ONES32[: len(block)]
        s1 += one.dot(block)
        s2 += one.dot(block * block)
    sums, squares = s1.reshape(-1, channels).sum(axis=0), s2.reshape(-1, channels).sum(axis=0)
    mean = sums / (values.size // channels)
    return mean, np.maximum(squares - sums * mean, 0.0)


def standardise_channels(values: npt.NDArray[np.float32], mean: Floats, inverse: Floats) -> None:
    """``(values - mean) * inverse`` in place, where ``values`` are as for ``channel_sums``."""
    width = values.shape[1] // len(mean)
    values *= tiled(inverse, width).astype(np.float32)
    values -= tiled(mean * inverse, width).astype(np.float32)


def within(mean: npt.NDArray[Any], inverse: npt.NDArray[Any], clip: float) -> bool:
    """Whether no byte can come out beyond ``clip``."""
    return bool((np.maximum(mean, 255.0 - mean) * inverse).max() <= clip)
