"""Words on a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need
from rlprobe.view.canvas import BACKGROUND, TEXT, blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.view.canvas import Colour, Picture

SMALL, SIZE, LARGE, HUGE = 12, 13, 20, 30
"""The type scale, in pixels: labels, text, figures, a word across the screen."""
LINE_HEIGHT = 18


@lru_cache(maxsize=32)
def _font(size: int) -> Any:
    return need("PIL.ImageFont", "labels in a picture").load_default(size)


@lru_cache(maxsize=2048)
def _drawn(words: str, size: int) -> NDArray[np.uint8]:
    """Words as coverage 0..255, as wide as their advance."""
    image = need("PIL.Image", "labels in a picture")
    draw = need("PIL.ImageDraw", "labels in a picture")
    font = _font(size)
    page = image.new("L", (max(1, round(font.getlength(words))), line_height(size)))
    draw.Draw(page).text((0, 1), words, fill=255, font=font)
    return np.asarray(page)


def line_height(size: int = SIZE) -> int:
    """Pixels from one line of text to the next."""
    return LINE_HEIGHT + round((size - SIZE) * 1.3)


def coverage(text: str, size: int = SIZE) -> NDArray[np.uint8]:
    """How much of each pixel the words cover, 0 to 255: (line height, width)."""
    if not text:
        return np.zeros((line_height(size), 0), np.uint8)
    if any(letter.isdigit() for letter in text):  # numbers change at every step: keep their digits instead
        return np.concatenate([_drawn(letter, size) for letter in text], axis=1)
    return _drawn(text, size)


def width_of(text: str, size: int = SIZE) -> int:
    """Pixels that ``text`` takes from left to right."""
    return int(coverage(text, size).shape[1])


def write(picture: Picture, x: int, y: int, text: str, colour: Colour = TEXT, *, size: int = SIZE) -> None:
    """Write one line into ``picture``, its top left corner at (x, y); what does not fit is cut."""
    mask = coverage(text, size)[: max(0, picture.shape[0] - y), : max(0, picture.shape[1] - x)]
    place = picture[y : y + mask.shape[0], x : x + mask.shape[1]]
    weight = mask[:, :, None].astype(np.int32)
    place += ((_ink(colour) - place) * weight // 255).astype(np.uint8)


@lru_cache(maxsize=64)
def _ink(colour: Colour) -> NDArray[np.int32]:
    """A colour as numbers that may be subtracted from."""
    return np.array(colour, np.int32)


def write_right(
    picture: Picture, right: int, y: int, text: str, colour: Colour = TEXT, *, size: int = SIZE
) -> None:
    """Write one line that ends at column ``right``."""
    write(picture, max(0, right - width_of(text, size)), y, text, colour, size=size)


def cut_to(text: str, width: int, size: int = SIZE) -> str:
    """``text``, or as much of it as fits with two dots at its end."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "..", size) > width:
        text = text[:-1]
    return text + ".."


def caption(text: str, width: int, colour: Colour = TEXT, background: Colour = BACKGROUND) -> Picture:
    """One line of text as a picture of the given width."""
    strip = blank(line_height(), width, background)
    write(strip, 4, 0, cut_to(text, width - 4), colour)
    return strip
