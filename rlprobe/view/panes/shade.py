"""Numbers to brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import NOT_A_NUMBER

if TYPE_CHECKING:
    from gymnasium.spaces import Box
    from numpy.typing import NDArray

    from rlprobe.view.canvas import Picture


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

    Bytes stay as they are. Where no range is declared, the range of all values seen so far is used; once a
    negative value was seen it is symmetric, so that zero is mid-grey.
    """

    def __init__(self, space: Box) -> None:
        self.identity = space.dtype == np.uint8
        self.fixed = declared_range(space)
        self._low, self._high = np.inf, -np.inf

    def observe(self, values: NDArray[Any]) -> None:
        """Widen the range seen so far, where none is declared."""
        if self.identity or self.fixed is not None:
            return
        finite = values[np.isfinite(values)]
        if finite.size:
            self._low = min(self._low, float(finite.min()))
            self._high = max(self._high, float(finite.max()))

    @property
    def range(self) -> tuple[float, float]:
        """The values drawn black and white."""
        if self.identity:
            return 0.0, 255.0
        if self.fixed is not None:
            return self.fixed
        if self._high < self._low:
            return 0.0, 1.0
        if self._low >= 0:
            return 0.0, self._high or 1.0
        limit = max(-self._low, self._high)
        return -limit, limit

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
