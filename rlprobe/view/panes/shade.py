"""Numbers to brightness."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.view.canvas import NOT_A_NUMBER

if TYPE_CHECKING:
    from gymnasium.spaces import Box
    from numpy.typing import NDArray

    from rlprobe.view.canvas import Picture

OUTSIDE: Final = (0.5, 99.5)
"""Percentiles of one picture that are drawn black and white."""
SAMPLED: Final = 8192
REMEMBERED: Final = 64


def declared_range(space: Box) -> tuple[float, float] | None:
    """The values that are black and white, where the space says so; None when they must be learned.

    Bounds that are the same for every pixel and finite are taken at their word, except symmetric ones
    beyond 1, which are the clip limits of a standardised image.
    """
    low, high = float(space.low.flat[0]), float(space.high.flat[0])
    uniform = bool(np.all(space.low == low) and np.all(space.high == high))
    if not uniform or not np.isfinite([low, high]).all() or high <= low or high > 1e6:
        return None
    return None if low == -high and high > 1 else (low, high)


class Shade:
    """Turns image values into bytes.

    Bytes stay as they are. Where no range is declared, black and white are the values below and above which
    only half a percent of a picture lies, the widest of the last 64 pictures: a single bright pixel, or the
    first pictures of a normaliser that knows little yet, cannot turn everything else grey.

    Args:
        space: with type and bounds.
        as_seen: go by the values alone, whatever the space declares.
    """

    def __init__(self, space: Box, *, as_seen: bool = False) -> None:
        self.identity = space.dtype == np.uint8 and not as_seen
        self.fixed = None if as_seen else declared_range(space)
        self._ranges: deque[tuple[float, float, float, float]] = deque(maxlen=REMEMBERED)

    def observe(self, values: NDArray[Any]) -> None:
        """Take the next picture into the range, where none is declared."""
        if self.identity or self.fixed is not None:
            return
        finite = values[np.isfinite(values)]
        if finite.size:
            sample = finite[:: -(-finite.size // SAMPLED)]
            low, high = np.percentile(sample, OUTSIDE)
            self._ranges.append((float(low), float(high), float(finite.min()), float(finite.max())))

    @property
    def range(self) -> tuple[float, float]:
        """The values drawn black and white."""
        if self.identity:
            return 0.0, 255.0
        if self.fixed is not None:
            return self.fixed
        if not self._ranges:
            return 0.0, 1.0
        lows, highs, least, most = zip(*self._ranges, strict=True)
        low, high = min(lows), max(highs)
        if low >= high:  # nearly all of it is one value
            low, high = min(least), max(most)
        return (low, high) if low < high else (low - 0.5, low + 0.5)

    def words(self) -> str:
        """What black and white stand for."""
        low, high = self.range
        return f"black {low:.3g} and below, white {high:.3g} and above"

    def __call__(self, frames: NDArray[Any]) -> Picture:
        """Frames (S, H, W, 1, 3 or 4) as colour bytes (S, H, W, 3); values that are no number in magenta."""
        if frames.shape[-1] == 1:
            frames = np.broadcast_to(frames, (*frames.shape[:-1], 3))
        frames = frames[..., :3]
        if self.identity:
            return np.asarray(frames, np.uint8)
        low, high = self.range
        scaled = (frames.astype(np.float64) - low) * (255.0 / (high - low))
        lost = np.isnan(scaled).any(axis=-1)
        picture: Picture = np.rint(np.nan_to_num(scaled, nan=0.0).clip(0, 255)).astype(np.uint8)
        picture[lost] = NOT_A_NUMBER
        return picture
