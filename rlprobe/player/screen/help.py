"""The page that F1 shows: every key, and what the words on the screen mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.player.screen.caps import ROW, item
from rlprobe.view.canvas import BACKGROUND, FAINT, RULE, TEXT, blank, frame, paste
from rlprobe.view.text import LARGE, SIZE, line_height, width_of, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.player.screen.hints import Hint
    from rlprobe.view.canvas import Picture

PAD, TITLE, APART = 24, 48, 44
WORDS = 380
"""Width of the column of sentences."""
PANEL = (28, 32, 39)
DIMMED = 4


def help_page(
    below: Picture, actions: Sequence[Hint], controls: Sequence[Hint], words: Sequence[str]
) -> Picture:
    """A panel in the middle of a dimmed picture: keys of actions, keys of the game, sentences.

    Args:
        below: what the page lies on.
        actions: keys that choose actions.
        controls: keys of the game itself.
        words: sentences about what is shown.
    """
    page: Picture = (below // DIMMED + np.uint8(12)).astype(np.uint8)
    height, width = page.shape[:2]
    rows = max(1, (height - 3 * PAD - TITLE) // ROW)
    parts = [("Your actions", _keys(actions, rows)), ("The game", _keys(controls, rows))]
    used = sum(part.shape[1] + APART for _, part in parts) + 2 * PAD
    if width - used > WORDS // 2:
        room = min(WORDS, width - used - PAD), height - TITLE - 2 * PAD
        parts.append(("What is shown", _sentences(words, *room)))
    wide = min(width, sum(part.shape[1] for _, part in parts) + APART * (len(parts) - 1) + 2 * PAD)
    tall = min(height, max(part.shape[0] for _, part in parts) + TITLE + 2 * PAD)
    panel = blank(tall, wide, PANEL)
    frame(panel, (0, 0, wide, tall), RULE)
    x = PAD
    for title, part in parts:
        write(panel, x, PAD - 8, title, TEXT, size=LARGE)
        paste(panel, part, x, PAD - 8 + TITLE)
        x += part.shape[1] + APART
    paste(page, panel, (width - wide) // 2, (height - tall) // 2)
    return page


def _keys(hints: Sequence[Hint], rows: int) -> Picture:
    """Keys below each other, in as many columns as they need."""
    columns = [hints[i : i + rows] for i in range(0, len(hints), rows)]
    drawn = [[item(hint, widest=320) for hint in column] for column in columns]
    widths = [max(picture.shape[1] for picture in column) for column in drawn]
    page = blank(ROW * min(rows, len(hints)), sum(widths) + PAD * (len(widths) - 1), PANEL)
    x = 0
    for column, width in zip(drawn, widths, strict=True):
        for number, picture in enumerate(column):
            on_panel = picture.copy()
            on_panel[(picture == BACKGROUND).all(axis=2)] = PANEL
            paste(page, on_panel, x, number * ROW)
        x += width + PAD
    return page


def _sentences(words: Sequence[str], width: int, height: int) -> Picture:
    """Sentences as paragraphs, as many as there is room for."""
    lines: list[str] = []
    for sentence in words:
        more = [*lines, *([""] if lines else []), *wrapped(sentence, width)]
        if line_height() * len(more) <= height:
            lines = more
    page = blank(line_height() * len(lines), width, PANEL)
    for number, line in enumerate(lines):
        write(page, 0, number * line_height(), line, FAINT)
    return page


def wrapped(words: str, width: int, size: int = SIZE) -> list[str]:
    """A sentence in lines that fit."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
