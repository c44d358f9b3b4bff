"""The words around gauges: headings above the columns, the legend below."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rlprobe.view.canvas import ALARM, BAND, FAINT, LINE, MARK, PANEL, above, blank
from rlprobe.view.panes.gauge_layout import PAD, header_height
from rlprobe.view.text import SMALL, line_height, width_of, write, write_right

if TYPE_CHECKING:
    from rlprobe.view.canvas import Colour, Picture
    from rlprobe.view.panes.gauge_layout import Columns

SWATCH = 14


@lru_cache(maxsize=64)
def headings(at: Columns) -> Picture:
    """One line over the columns of a gauge."""
    line = blank(header_height(), at.width)
    write_right(line, at.value_end, 0, "now", FAINT, size=SMALL)
    if at.ends:
        write_right(line, at.low_end, 0, "min seen", FAINT, size=SMALL)
        write_right(line, at.high_end, 0, "max seen", FAINT, size=SMALL)
    if at.history:
        words = f"last {at.history} steps"
        write(line, at.history_start, 0, words, FAINT, size=SMALL)
    return line


@lru_cache(maxsize=64)
def legend(width: int, at: Columns) -> Picture:
    """What the colours mean, in one line or two."""
    entries: list[tuple[Colour, int, str]] = [
        (MARK, 3, "value now"),
        (BAND, SWATCH, "range seen"),
        (FAINT, 2, "declared bound"),
        (ALARM, 5, "at a bound"),
    ]
    if at.history:
        entries.append((LINE, SWATCH, "trace, on its own scale"))
    lines = [blank(line_height(SMALL), width)]
    x = PAD
    for colour, swatch, words in entries:
        needed = SWATCH + PAD + width_of(words, SMALL) + 2 * PAD
        if x + needed > width and x > PAD:
            lines.append(blank(line_height(SMALL), width))
            x = PAD
        _swatch(lines[-1], x, colour, swatch)
        write(lines[-1], x + SWATCH + PAD, 0, words, FAINT, size=SMALL)
        x += needed
    return above([blank(4, width), *lines], 0)


def _swatch(line: Picture, x: int, colour: Colour, wide: int) -> None:
    """A sample of one colour, as wide as it is drawn."""
    top, tall = 4, 9
    if colour == LINE:
        line[top : top + tall, x : x + SWATCH] = PANEL
        line[top + tall // 2, x : x + SWATCH] = LINE
        return
    left = x + (SWATCH - wide) // 2
    line[top : top + tall, left : left + wide] = colour
