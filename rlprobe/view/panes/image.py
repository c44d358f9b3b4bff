"""The pane of an image observation: every frame of the stack, the oldest at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import FAINT, above, blank, enlarge, grid
from rlprobe.view.panes.image_axes import TO_FRAMES
from rlprobe.view.panes.shade import Shade
from rlprobe.view.text import SMALL, caption, line_height, width_of, write

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from rlprobe.view.canvas import Picture

FRAME_GAP = 4
WIDEST, TALLEST, LARGEST_ZOOM = 1024, 448, 64


def fitting_zoom(width: int, height: int) -> int:
    """The largest whole enlargement that keeps a picture on an ordinary screen."""
    return max(1, min(WIDEST // width, TALLEST // height, LARGEST_ZOOM))


def _widths(count: int) -> list[int]:
    """Numbers of columns that leave no gap in the last row; any number for a prime count."""
    even = [columns for columns in range(count, 0, -1) if count % columns == 0]
    return even if len(even) > 2 else list(range(count, 0, -1))


class ImagePane:
    """An image observation, pixel for pixel.

    Args:
        space: with shape, type and bounds.
        layout: one of ``TO_FRAMES``.
        zoom: enlargement; by default the largest that fits.
        as_seen: draw the values seen between black and white, whatever the space declares.
    """

    def __init__(self, space: Box, layout: str, zoom: int | None = None, *, as_seen: bool = False) -> None:
        self._to_frames = TO_FRAMES[layout]
        self._shade, self._steps = Shade(space, as_seen=as_seen), not as_seen
        self._value = np.zeros(space.shape, space.dtype)
        count, height, width, _ = self._to_frames(self._value).shape
        self._frame, self._zoom = (count, height, width), zoom
        self.zoom = zoom or fitting_zoom(count * width + FRAME_GAP * (count - 1), height)
        self._columns, self._aged = count, False

    def fit(self, width: int, height: int) -> None:
        """Arrange the frames in rows, each under its age, so that they are drawn as large as possible."""
        count, tall, wide = self._frame
        label = line_height(SMALL) if count > 1 and self._steps else 0
        note = 0 if self._shade.identity or self._shade.fixed is not None else line_height()
        self._aged, best = count > 1 and self._steps, 0.0
        for columns in _widths(count):
            rows = -(-count // columns)
            across = (width - FRAME_GAP * (columns - 1)) / (columns * wide)
            down = (height - note - FRAME_GAP * (rows - 1) - label * rows) / (rows * tall)
            zoom = min(across, down)
            if zoom >= 1:
                zoom = int(min(zoom, LARGEST_ZOOM))
            if zoom > best or (zoom == best and rows * tall <= columns * wide):  # the squarest of equal ones
                best, self._columns = zoom, columns
        self.zoom = self._zoom or max(1, int(best))

    def clear(self) -> None:
        """Forget the episode; an image has no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._value = np.array(value)
        self._shade.observe(self._value)

    @property
    def stacked(self) -> bool:
        """Whether there are several frames, one after the other in time."""
        return self._frame[0] > 1 and self._steps

    def frames(self) -> Picture:
        """The frames of the observation as colour bytes (S, H, W, 3), not enlarged, oldest first."""
        return self._shade(self._to_frames(self._value))

    def draw(self) -> Picture:
        """The frames from left to right, oldest first; below them the value range where it is no byte."""
        large = [enlarge(frame, self.zoom) for frame in self.frames()]
        strip = grid(self._labelled(large) if self._aged else large, self._columns, FRAME_GAP)
        if self._shade.identity or self._shade.fixed is not None:
            return strip
        return above([strip, caption(self._shade.words(), strip.shape[1], FAINT)], 0)

    def _labelled(self, frames: list[Picture]) -> list[Picture]:
        """Every frame over its age in decisions."""
        labelled = []
        for age, frame in zip(range(len(frames) - 1, -1, -1), frames, strict=True):
            line = blank(line_height(SMALL), frame.shape[1])
            words = f"{age} ago" if age else "now"
            write(line, max(0, (line.shape[1] - width_of(words, SMALL)) // 2), 0, words, FAINT, size=SMALL)
            labelled.append(above([frame, line], 0))
        return labelled
