"""The pane of an image observation: every frame of the stack, the oldest at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import FAINT, above, beside, enlarge
from rlprobe.view.panes.image_axes import TO_FRAMES
from rlprobe.view.panes.shade import Shade
from rlprobe.view.text import caption

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from rlprobe.view.canvas import Picture

FRAME_GAP = 4
WIDEST, TALLEST, LARGEST_ZOOM = 1024, 448, 64


def fitting_zoom(width: int, height: int) -> int:
    """The largest whole enlargement that keeps a picture on an ordinary screen."""
    return max(1, min(WIDEST // width, TALLEST // height, LARGEST_ZOOM))


class ImagePane:
    """An image observation, pixel for pixel."""

    def __init__(self, space: Box, layout: str, zoom: int | None = None) -> None:
        self._to_frames = TO_FRAMES[layout]
        self._shade = Shade(space)
        self._value = np.zeros(space.shape, space.dtype)
        count, height, width, _ = self._to_frames(self._value).shape
        self.zoom = zoom or fitting_zoom(count * width + FRAME_GAP * (count - 1), height)

    def clear(self) -> None:
        """Forget the episode; an image has no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._value = np.array(value)
        self._shade.observe(self._value)

    def draw(self) -> Picture:
        """The frames from left to right, oldest first; below them the value range where it is no byte."""
        frames = self._shade(self._to_frames(self._value))
        strip = beside([enlarge(frame, self.zoom) for frame in frames], FRAME_GAP)
        if self._shade.identity or self._shade.fixed is not None:
            return strip
        low, high = self._shade.range
        return above([strip, caption(f"black {low:.3g}, white {high:.3g}", strip.shape[1], FAINT)], 0)
