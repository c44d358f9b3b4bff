"""Where the parts of a gauge stand, and how a number is written so that it never jumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.view.text import SIZE, SMALL, line_height, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAD, BETWEEN = 6, 14
LOWEST_ROW, ROW, TALLEST_ROW = 14, 22, 70
LARGEST_TYPE = 17
LONGEST_NAME = 180
MOST_DECIMALS, LONGEST_NUMBER = 4, 7
SPACE_BETWEEN_COLUMNS = 28


@dataclass(frozen=True)
class Columns:
    """Left ends and widths in pixels of the parts of a gauge, from left to right.

    Args:
        name: width of the name.
        number: width of a number: the value, and the least and the most that were seen.
        track: width of the gauge.
        history: width of the trace, one pixel per step; 0 for none.
        ends: whether the least and the most are written beside the gauge.
        row: height of one gauge.
    """

    name: int
    number: int
    track: int = 160
    history: int = 120
    ends: bool = True
    row: int = ROW

    @property
    def size(self) -> int:
        """Type size of names and values."""
        return min(SIZE + (self.row - ROW) // 6, LARGEST_TYPE)

    @property
    def value_end(self) -> int:
        """Right end of the value."""
        return PAD + self.name + self.number

    @property
    def low_end(self) -> int:
        """Right end of the least number seen."""
        return self.value_end + (BETWEEN + self.number if self.ends else 0)

    @property
    def track_start(self) -> int:
        """Left end of the gauge."""
        return self.low_end + (PAD if self.ends else BETWEEN)

    @property
    def high_end(self) -> int:
        """Right end of the largest number seen."""
        return self.track_start + self.track + (PAD + self.number if self.ends else 0)

    @property
    def history_start(self) -> int:
        """Left end of the trace."""
        return self.high_end + BETWEEN

    @property
    def width(self) -> int:
        """Of the whole gauge."""
        return self.history_start + self.history if self.history else self.high_end + PAD


def columns_for(names: Sequence[str], *, row: int = ROW, ends: bool = True, history: int = 120) -> Columns:
    """Columns wide enough for these names and for any number, in type that fits rows of this height."""
    size = Columns(0, 0, row=row).size
    longest = max(width_of(name, size) for name in names)
    number = max(width_of(widest, size) for widest in ("-0.00000", "-0.0e+00"))
    return Columns(min(longest, LONGEST_NAME) + BETWEEN, number, ends=ends, row=row, history=history)


def header_height() -> int:
    """Pixels of the line of headings above the gauges."""
    return line_height(SMALL) + 2


def arrangement(
    names: Sequence[str], width: int, height: int, extra: Callable[[int, Columns], int]
) -> tuple[Columns, int]:
    """The most detailed gauges that fit, and how many columns of them.

    Args:
        names: of the components.
        width: pixels there are.
        height: pixels there are.
        extra: how many of them are above and below gauges of this width in all.
    """
    for ends, history in ((True, 120), (True, 0), (False, 0)):
        whole = columns_for(names, ends=ends, history=history)
        beside = max(1, (width + SPACE_BETWEEN_COLUMNS) // (whole.width + SPACE_BETWEEN_COLUMNS))
        for count in range(1, beside + 1):
            rows = -(-len(names) // count)
            used = count * whole.width + SPACE_BETWEEN_COLUMNS * (count - 1)
            room = height - extra(used, whole)
            if rows * ROW <= room and whole.width <= width:
                return _grown(names, whole, count, (width, room // rows)), count
    low = max(LOWEST_ROW, min(ROW, room // -(-len(names) // beside)))
    return columns_for(names, row=low, ends=False, history=0), beside


def _grown(names: Sequence[str], least: Columns, count: int, room: tuple[int, int]) -> Columns:
    """Taller rows, larger type and wider tracks, as far as there is room."""
    width = (room[0] - SPACE_BETWEEN_COLUMNS * (count - 1)) // count
    found = least
    for row in range(ROW, min(room[1], TALLEST_ROW) + 1, 6):
        larger = columns_for(names, row=row, ends=least.ends, history=least.history)
        if larger.width <= width:
            found = larger
    spare = min(width - found.width, 120)
    longer = spare // 3 // 20 * 20 if found.history else 0
    track, history = found.track + spare - longer, found.history + longer
    return Columns(found.name, found.number, track, history, ends=found.ends, row=found.row)


def number(value: float, largest: float) -> str:
    """``value`` in at most eight letters, with as many decimals as the largest value seen leaves room for.

    >>> [number(v, 2.5) for v in (0.123456, -2.5)], number(-1234.5, 2000.0), number(3e-7, 3e-7)
    (['0.1235', '-2.5000'], '-1234.5', '3e-07')
    """
    if not np.isfinite(value):
        return str(value)
    size = max(abs(largest), abs(value))
    if size >= 1e6 or 0 < size < 1e-3:
        shortest = min(f"{value:g}", f"{value:.1e}", key=len)
        return shortest if len(shortest.lstrip("-")) <= LONGEST_NUMBER else f"{value:.0e}"
    whole = len(str(int(size)))
    return f"{value:.{max(0, min(MOST_DECIMALS, 5 - whole))}f}"
