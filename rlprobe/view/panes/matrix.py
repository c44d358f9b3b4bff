"""The pane of many numbers: one small square per component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import BACKGROUND, FAINT, above, enlarge
from rlprobe.view.panes.shade import Shade
from rlprobe.view.text import caption, line_height

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from rlprobe.view.canvas import Picture

SQUARE, LARGEST_SQUARE = 12, 24


def per_row(size: int) -> int:
    """How many of ``size`` values stand in a row: 32, or more where the field would be taller than wide.

    >>> per_row(100), per_row(348), per_row(6000)
    (32, 32, 128)
    """
    across = 32
    while size > across * across // 2:
        across *= 2
    return across


class MatrixPane:
    """More components than gauges have room for: squares in rows of 32 or more, brighter for larger."""

    def __init__(self, space: Box) -> None:
        self._shade = Shade(space)
        self._shade.fixed = None
        self._size = int(np.prod(space.shape))
        self._value = np.zeros(self._size, space.dtype)
        self._across, self._square = per_row(self._size), SQUARE

    def fit(self, width: int, height: int) -> None:
        """Draw the squares as large as a room of this size allows."""
        rows = -(-self._size // self._across)
        room = min(width // self._across, (height - line_height()) // rows)
        self._square = max(1, min(room, LARGEST_SQUARE))

    def clear(self) -> None:
        """Forget the episode; squares have no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._value = np.array(value).reshape(-1)
        self._shade.observe(self._value)

    def draw(self) -> Picture:
        """The squares, read like a page, above the range they span."""
        rows = -(-self._size // self._across)
        low, _ = self._shade.range
        page = np.full(rows * self._across, low, np.float64)
        page[: self._size] = self._value
        squares = self._shade(page.reshape(1, rows, self._across, 1))[0]
        squares.reshape(-1, 3)[self._size :] = BACKGROUND
        text = f"{self._size} components, {self._across} a row: {self._shade.words()}"
        return above([enlarge(squares, self._square), caption(text, self._across * self._square, FAINT)], 0)
