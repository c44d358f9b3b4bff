"""Pictures of bytes: exact sums in few passes over memory, because a picture has many components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rlprobe.column_sums import ones, tiled

if TYPE_CHECKING:
    from rlprobe.moments import Moments


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


def channel_sums(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Mean and sum of squared deviations of each column of ``pixels``, shape ``(n, channels)``; exact."""
    n, channels = pixels.shape
    s1, s2 = np.zeros(channels), np.zeros(channels)
    for start in range(0, n, 4096):
        block = pixels[start : start + 4096].astype(np.float64)
        s1 += ones(len(block)).dot(block)
        s2 += (block.T @ block).diagonal()
    mean = s1 / n
    return mean, np.maximum(s2 - s1 * mean, 0.0)


def standardise_channels(
    pixels: npt.NDArray[np.uint8], width: int, mean: npt.NDArray[Any], inverse: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """``(pixels - mean) * inverse`` for columns that are channels, ``width`` pixels at a time."""
    channels = pixels.shape[1]
    z = pixels.reshape(-1, width * channels).astype(np.float32)
    z *= tiled(inverse, width).astype(np.float32)
    z -= tiled(mean * inverse, width).astype(np.float32)
    return z.reshape(pixels.shape)


def within(mean: npt.NDArray[Any], inverse: npt.NDArray[Any], clip: float) -> bool:
    """Whether no byte can come out beyond ``clip``."""
    return bool((np.maximum(mean, 255.0 - mean) * inverse).max() <= clip)
