"""The line of figures above a game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.view.canvas import FAINT, MARK, TEXT, blank, box
from rlprobe.view.text import LARGE, SIZE, SMALL, cut_to, line_height, width_of, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.view.canvas import Colour, Picture

HEIGHT, PAD, APART = 64, 20, 26
INK = (20, 23, 28)
NARROWEST_TITLE = 150


@dataclass(frozen=True)
class Figure:
    """A label over a value.

    Args:
        label: what it is.
        value: in words.
        room: width in pixels that any value of it needs; longer ones are cut.
        flash: ground of a value that deserves attention.
    """

    label: str
    value: str
    room: int
    flash: Colour | None = None


def header(title: str, below: str, note: str, figures: Sequence[Figure], width: int) -> Picture:
    """Title with a line below it at the left, figures at the right; what does not fit is left out.

    Args:
        title: name of the environment.
        below: a quieter line.
        note: a state such as ``"PAUSED"``, which stands out.
        figures: the most important first; they stand with it at the right end.
        width: of the window.
    """
    page = blank(HEIGHT, width)
    right = width - PAD
    for figure in figures:
        if right - figure.room < PAD + NARROWEST_TITLE:
            break
        _figure(page, right - figure.room, figure)
        right -= figure.room + APART
    room = right - PAD
    write(page, PAD, 7, cut_to(title, room, LARGE), TEXT, size=LARGE)
    x = PAD
    if note:
        x += _pill(page, x, 36, note) + 10
    write(page, x, 36, cut_to(below, right - x, SIZE), FAINT, size=SIZE)
    return page


def _figure(page: Picture, x: int, figure: Figure) -> None:
    write(page, x, 9, figure.label, FAINT, size=SMALL)
    colour: Colour = TEXT
    value = cut_to(figure.value, figure.room, LARGE)
    if figure.flash is not None:
        box(page, (x - 8, 28, width_of(value, LARGE) + 16, 29), figure.flash)
        colour = INK
    write(page, x, 28, value, colour, size=LARGE)


def _pill(page: Picture, x: int, y: int, note: str) -> int:
    """A state on a bright ground; returns its width."""
    width = width_of(note, SIZE) + 14
    box(page, (x, y, width, line_height(SIZE) + 2), MARK)
    write(page, x + 7, y, note, INK, size=SIZE)
    return width
