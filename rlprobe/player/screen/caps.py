"""Key caps: drawn keys with their meaning beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rlprobe.view.canvas import FAINT, MARK, RULE, TEXT, blank, box, paste
from rlprobe.view.text import cut_to, line_height, width_of, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.player.screen.hints import Hint
    from rlprobe.view.canvas import Picture

CAP, ROW, APART = 24, 32, 22
SIZE = 14
INK = (20, 23, 28)
NAMES = {"return": "enter", "escape": "esc", "backspace": "back", "left-shift": "shift"}
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


@lru_cache(maxsize=256)
def cap(key: str, *, lit: bool = False) -> Picture:
    """One key, bright when it is the one that was used."""
    words = NAMES.get(key, key.upper() if len(key) <= 3 else key)
    width = CAP if key in ARROWS else max(CAP, width_of(words, SIZE) + 14)
    ground = (40, 44, 51) if not lit else (150, 116, 36)
    picture = blank(CAP, width)
    box(picture, (0, 0, width, CAP), ground)
    box(picture, (0, 0, width, CAP - 3), MARK if lit else RULE)
    ink = INK if lit else TEXT
    if key in ARROWS:
        _arrow(picture, ARROWS[key], ink)
    else:
        left = (width - width_of(words, SIZE)) // 2
        write(picture[: CAP - 3], left, (CAP - 3 - line_height(SIZE)) // 2 + 1, words, ink, size=SIZE)
    return picture


def _arrow(picture: Picture, towards: tuple[int, int], ink: tuple[int, int, int]) -> None:
    """A filled triangle that points there."""
    x, y = CAP // 2, (CAP - 3) // 2
    for step in range(6):
        for side in range(-step, step + 1):
            dx, dy = towards
            column = x + dx * (3 - step) + (side if dx == 0 else 0)
            row = y + dy * (3 - step) + (side if dy == 0 else 0)
            picture[row, column] = ink


@lru_cache(maxsize=256)
def item(hint: Hint, *, lit: bool = False, widest: int = 400, quiet: bool = False) -> Picture:
    """The caps of a hint and its words in one row."""
    parts: list[Picture] = []
    for place, keys in enumerate(hint.keys):
        if place:
            parts.append(blank(CAP, 4))
        for number, key in enumerate(keys):
            if number:
                parts.append(_plus())
            parts.append(cap(key, lit=lit))
    caps = sum(part.shape[1] for part in parts)
    words = cut_to(hint.words, max(40, widest - caps - 8), SIZE)
    row = blank(CAP, min(widest, caps + 8 + width_of(words, SIZE)))
    x = 0
    for part in parts:
        paste(row, part, x, 0)
        x += part.shape[1]
    top = (CAP - line_height(SIZE)) // 2 + 1
    write(row, x + 8, top, words, MARK if lit else FAINT if quiet else TEXT, size=SIZE)
    return row


def _plus() -> Picture:
    """The sign between keys that are held together."""
    sign = blank(CAP, 11)
    write(sign, 1, (CAP - line_height(SIZE)) // 2 + 1, "+", FAINT, size=SIZE)
    return sign


def flow(hints: Sequence[Hint], width: int) -> list[list[Hint]]:
    """Hints in as many rows as they need."""
    rows: list[list[Hint]] = [[]]
    used = 0
    for hint in hints:
        wide = item(hint).shape[1] + APART
        if rows[-1] and used + wide - APART > width:
            rows.append([])
            used = 0
        rows[-1].append(hint)
        used += wide
    return rows


def drawn_row(hints: Sequence[Hint], width: int, lit: int | None = None, *, quiet: bool = False) -> Picture:
    """One row of hints; the one whose action was taken is bright."""
    row = blank(ROW, width)
    x = 0
    for hint in hints:
        picture = item(hint, lit=lit is not None and hint.action == lit, widest=min(400, width), quiet=quiet)
        paste(row, picture, x, (ROW - CAP) // 2)
        x += picture.shape[1] + APART
    return row


def line(words: str, width: int) -> Picture:
    """A faint line of text as high as a row of caps."""
    row = blank(ROW, width)
    write(row, 0, (ROW - line_height(SIZE)) // 2, cut_to(words, width, SIZE), FAINT, size=SIZE)
    return row
