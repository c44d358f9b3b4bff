"""The pane of a vector observation: one labelled gauge with a history line per component."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import ALARM, BAND, FAINT, LINE, MARK, PANEL, TEXT, above, blank
from rlprobe.view.panes.gauge_layout import (
    PAD,
    SPACE_BETWEEN_COLUMNS,
    arrangement,
    columns_for,
    header_height,
    number,
)
from rlprobe.view.panes.gauge_words import headings, legend
from rlprobe.view.text import cut_to, line_height, write, write_right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gymnasium.spaces import Box
    from numpy.typing import NDArray

    from rlprobe.view.canvas import Picture
    from rlprobe.view.panes.gauge_layout import Columns

    Vector = NDArray[np.float64]

KEPT = 240
"""Steps of the past that a trace can show."""
ROWS_PER_COLUMN = 24
UNBOUNDED = 1e6
TALLEST_MARK = 18
"""Half the height of the mark of a gauge, at most."""


class GaugePane:
    """A vector: name, value, gauge and history of every component.

    The gauge spans the declared bounds where they are finite, the range seen so far elsewhere. The band is
    the range seen so far, its ends are the numbers beside the gauge, the bright mark is the value now; a red
    end says that the value stands at its bound. The history line of each component is scaled to the range
    that it showed.

    Args:
        space: with the bounds.
        names: of the components.

    ``legend`` may be set to False where one legend explains several panes.
    """

    def __init__(self, space: Box, names: Sequence[str]) -> None:
        self._names, self.legend = names, True
        size = len(names)
        self._low = space.low.reshape(-1).astype(np.float64)
        self._high = space.high.reshape(-1).astype(np.float64)
        self._low[self._low < -UNBOUNDED] = -np.inf
        self._high[self._high > UNBOUNDED] = np.inf
        self._least, self._most = np.full(size, np.inf), np.full(size, -np.inf)
        self._past: deque[Vector] = deque(maxlen=KEPT)
        self.columns, self._beside = columns_for(names), -(-size // ROWS_PER_COLUMN)

    @property
    def size(self) -> int:
        """Number of components."""
        return len(self._names)

    def fit(self, width: int, height: int) -> None:
        """Arrange the gauges for a room of this size."""

        def extra(used: int, at: Columns) -> int:
            return header_height() + (legend(used, at).shape[0] if self.legend else 0)

        self.columns, self._beside = arrangement(self._names, width, height, extra)

    def clear(self) -> None:
        """Start a new history line; the range seen so far stays."""
        self._past.clear()

    def update(self, value: Any) -> None:
        """Take the next observation into value, range and history."""
        vector = np.array(value, np.float64).reshape(-1)
        self._past.append(vector)
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(vector)
            self._least = np.where(finite, np.minimum(self._least, vector), self._least)
            self._most = np.where(finite, np.maximum(self._most, vector), self._most)

    def draw(self) -> Picture:
        """All gauges below their headings and above the legend."""
        size = len(self._names)
        past = np.array(self._past) if self._past else np.full((1, size), np.nan)
        low, high = self._axes()
        rows = [self._row(i, past[:, i], low[i], high[i]) for i in range(size)]
        each = -(-size // self._beside)
        blocks = [np.concatenate(rows[i : i + each]) for i in range(0, size, each)]
        whole = _beside([above([headings(self.columns), block], 0) for block in blocks])
        return above([whole, legend(whole.shape[1], self.columns)], 0) if self.legend else whole

    def _axes(self) -> tuple[Vector, Vector]:
        """Left and right end of every gauge."""
        low = np.where(np.isfinite(self._low), self._low, self._least)
        high = np.where(np.isfinite(self._high), self._high, self._most)
        bad = ~np.isfinite(low) | ~np.isfinite(high)
        low, high = np.where(bad, -1.0, low), np.where(bad, 1.0, high)
        flat = high <= low
        return np.where(flat, low - 0.5, low), np.where(flat, low + 0.5, high)

    def _row(self, i: int, past: Vector, low: float, high: float) -> Picture:
        at, now = self.columns, past[-1]
        row = blank(at.row, at.width)
        top = max(0, (at.row - line_height(at.size)) // 2)
        write(row, PAD, top, cut_to(self._names[i], at.name - PAD, at.size), size=at.size)
        known = np.isfinite(self._least[i])
        largest = max(abs(self._least[i]), abs(self._most[i])) if known else 1.0
        colour = TEXT if np.isfinite(now) else ALARM
        write_right(row, at.value_end, top, number(now, largest), colour, size=at.size)
        if at.ends and known:
            for right, value in ((at.low_end, self._least[i]), (at.high_end, self._most[i])):
                write_right(row, right, top, number(value, largest), FAINT, size=at.size)
        self._gauge(row[:, at.track_start : at.track_start + at.track], i, now, (low, high))
        if at.history:
            place = row[3 : at.row - 3, at.history_start :]
            _history(place, past[-at.history :], self._least[i], self._most[i])
        return row

    def _gauge(self, track: Picture, i: int, now: float, axis: tuple[float, float]) -> None:
        """The track with its band, bounds and mark."""
        height, width = track.shape[:2]
        middle, thick = height // 2, max(3, min(height // 6, 7))
        track[middle - thick // 2 : middle + thick // 2 + 1] = PANEL
        if np.isfinite(self._least[i]):
            left, right = across([self._least[i], self._most[i]], *axis, width)
            track[middle - thick : middle + thick + 1, left : right + 1] = BAND
        tall = min(height // 2 - 3, TALLEST_MARK)
        self._ends(track[middle - tall + 1 : middle + tall], i, now)
        if np.isfinite(now):
            x = int(across([now], *axis, width)[0])
            track[middle - tall : middle + tall + 1, max(0, x - 1) : x + 2] = MARK

    def _ends(self, track: Picture, i: int, now: float) -> None:
        """Faint ticks at finite bounds, wide and red at the one where the value stands."""
        last = track.shape[1]
        bounds = ((self._low[i], 0, now <= self._low[i]), (self._high[i], last, now >= self._high[i]))
        for bound, end, reached in bounds:
            if np.isfinite(bound):
                width = 5 if reached else 2
                start = 0 if end == 0 else last - width
                track[:, start : start + width] = ALARM if reached else FAINT


def across(values: Sequence[float] | Vector, low: float, high: float, width: int) -> NDArray[np.int64]:
    """Pixel column of each value when ``low`` is the first and ``high`` the last of ``width`` columns."""
    share = (np.asarray(values, np.float64) - low) / (high - low)
    columns: NDArray[np.int64] = np.rint(share.clip(0, 1) * (width - 1)).astype(np.int64)
    return columns


def _history(place: Picture, past: Vector, low: float, high: float) -> None:
    """One column per step, the newest at the right end, joined from value to value."""
    place[:] = PANEL
    if not low < high:
        low, high = (low - 0.5, low + 0.5) if np.isfinite(low) else (-1.0, 1.0)
    inside = place[2:-2]
    height = inside.shape[0]
    y = height - 1 - across(np.nan_to_num(past), low, high, height)
    before = np.r_[y[:1], y[:-1]]
    known = np.isfinite(past) & np.isfinite(np.r_[past[:1], past[:-1]])
    row = np.arange(height)[:, None]
    drawn = (row >= np.minimum(before, y)) & (row <= np.maximum(before, y)) & known
    inside[:, inside.shape[1] - len(past) :][drawn] = LINE


def _beside(blocks: Sequence[Picture]) -> Picture:
    """Blocks from left to right with room between them."""
    gap = blank(1, SPACE_BETWEEN_COLUMNS)
    height = max(block.shape[0] for block in blocks)
    parts: list[Picture] = []
    for block in blocks:
        padding = blank(height - block.shape[0], block.shape[1])
        parts += [np.broadcast_to(gap, (height, *gap.shape[1:])), np.concatenate([block, padding])]
    return np.concatenate(parts[1:], axis=1)
