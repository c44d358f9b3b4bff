"""The pane of a vector observation: one labelled gauge with a history line per component."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import ALARM, BAND, FAINT, LINE, MARK, PANEL, TEXT, beside, blank
from rlprobe.view.text import cut_to, line_height, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gymnasium.spaces import Box
    from numpy.typing import NDArray

    from rlprobe.view.canvas import Picture

    Vector = NDArray[np.float64]

NAME, VALUE, TRACK, HISTORY = 110, 70, 160, 120
"""Widths of the four parts of a gauge in pixels; the history holds one value per pixel."""
ROW = line_height() + 2
ROWS_PER_COLUMN = 24
UNBOUNDED = 1e6
NAME_END, TRACK_START = NAME, NAME + VALUE
HISTORY_START = TRACK_START + TRACK + 8


class GaugePane:
    """A vector: name, value, gauge and history of every component.

    The gauge spans the declared bounds where they are finite, the range seen so far elsewhere. The band is
    the range seen so far, the bright mark the value now; a red end says that the value stands at its bound.
    """

    def __init__(self, space: Box, names: Sequence[str]) -> None:
        self._names = names
        size = len(names)
        self._low = space.low.reshape(-1).astype(np.float64)
        self._high = space.high.reshape(-1).astype(np.float64)
        self._low[self._low < -UNBOUNDED] = -np.inf
        self._high[self._high > UNBOUNDED] = np.inf
        self._least, self._most = np.full(size, np.inf), np.full(size, -np.inf)
        self._past: deque[Vector] = deque(maxlen=HISTORY)

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
        """All gauges, in columns of 24."""
        size = len(self._names)
        past = np.array(self._past) if self._past else np.full((1, size), np.nan)
        low, high = self._axes()
        rows = [self._row(i, past[:, i], low[i], high[i]) for i in range(size)]
        return _columns(rows)

    def _axes(self) -> tuple[Vector, Vector]:
        """Left and right end of every gauge."""
        low = np.where(np.isfinite(self._low), self._low, self._least)
        high = np.where(np.isfinite(self._high), self._high, self._most)
        bad = ~np.isfinite(low) | ~np.isfinite(high)
        low, high = np.where(bad, -1.0, low), np.where(bad, 1.0, high)
        flat = high <= low
        return np.where(flat, low - 0.5, low), np.where(flat, low + 0.5, high)

    def _row(self, i: int, past: Vector, low: float, high: float) -> Picture:
        row = blank(ROW, HISTORY_START + HISTORY)
        now = past[-1]
        write(row, 4, 1, cut_to(self._names[i], NAME - 8))
        write(row, NAME_END, 1, f"{now:.4g}", TEXT if np.isfinite(now) else ALARM)
        track = row[3 : ROW - 3, TRACK_START : TRACK_START + TRACK]
        track[:] = PANEL
        if np.isfinite(self._least[i]):
            left, right = across([self._least[i], self._most[i]], low, high, TRACK)
            track[:, left : right + 1] = BAND
        self._ends(track, i, now)
        if np.isfinite(now):
            x = int(across([now], low, high, TRACK)[0])
            track[:, max(0, x - 1) : x + 2] = MARK
        _history(row[2 : ROW - 2, HISTORY_START:], past, low, high)
        return row

    def _ends(self, track: Picture, i: int, now: float) -> None:
        """Faint ticks at finite bounds, wide and red at the one where the value stands."""
        bounds = ((self._low[i], 0, now <= self._low[i]), (self._high[i], TRACK, now >= self._high[i]))
        for bound, end, reached in bounds:
            if np.isfinite(bound):
                width = 5 if reached else 2
                start = 0 if end == 0 else TRACK - width
                track[:, start : start + width] = ALARM if reached else FAINT


def across(values: Sequence[float] | Vector, low: float, high: float, width: int) -> NDArray[np.int64]:
    """Pixel column of each value when ``low`` is the first and ``high`` the last of ``width`` columns."""
    share = (np.asarray(values, np.float64) - low) / (high - low)
    columns: NDArray[np.int64] = np.rint(share.clip(0, 1) * (width - 1)).astype(np.int64)
    return columns


def _history(place: Picture, past: Vector, low: float, high: float) -> None:
    """One column per step, the newest at the right end, joined from value to value."""
    place[:] = PANEL
    height = place.shape[0]
    y = height - 1 - across(np.nan_to_num(past), low, high, height)
    before = np.r_[y[:1], y[:-1]]
    known = np.isfinite(past) & np.isfinite(np.r_[past[:1], past[:-1]])
    row = np.arange(height)[:, None]
    drawn = (row >= np.minimum(before, y)) & (row <= np.maximum(before, y)) & known
    place[:, place.shape[1] - len(past) :][drawn] = LINE


def _columns(rows: list[Picture]) -> Picture:
    columns = [np.concatenate(rows[i : i + ROWS_PER_COLUMN]) for i in range(0, len(rows), ROWS_PER_COLUMN)]
    return beside(columns, 16)
