"""Pictures as arrays: (height, width, 3) bytes, enlarged without smoothing and set side by side."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Colour = tuple[int, int, int]
    Rectangle = tuple[int, int, int, int]
    """Left, top, width and height."""

BACKGROUND: Colour = (20, 23, 28)
PANEL: Colour = (37, 42, 51)
RULE: Colour = (58, 66, 79)
FAINT: Colour = (148, 157, 171)
TEXT: Colour = (232, 235, 240)
BAND: Colour = (47, 95, 158)
MARK: Colour = (255, 196, 61)
LINE: Colour = (110, 190, 255)
GOOD: Colour = (76, 195, 138)
ALARM: Colour = (240, 92, 86)
NOT_A_NUMBER: Colour = (255, 0, 255)
GAP = 8


def blank(height: int, width: int, colour: Colour = BACKGROUND) -> Picture:
    """A picture of one colour."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _row(width, colour)  # a row at a time is many times faster than a pixel
    return picture


@lru_cache(maxsize=512)
def _row(width: int, colour: Colour) -> Picture:
    """One line of pixels of a colour."""
    return np.tile(np.array(colour, np.uint8), (width, 1))


def enlarge(picture: Picture, zoom: int) -> Picture:
    """Every pixel becomes ``zoom`` by ``zoom`` equal pixels; nothing is smoothed."""
    if zoom == 1:
        return picture
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def resized(picture: Picture, height: int, width: int) -> Picture:
    """The picture at any size, by taking the nearest pixel; nothing is smoothed.

    >>> resized(blank(10, 20), 4, 7).shape
    (4, 7, 3)
    """
    rows = (np.arange(height) * picture.shape[0]) // height
    columns = (np.arange(width) * picture.shape[1]) // width
    smaller: Picture = picture[rows[:, None], columns]
    return smaller


def paste(page: Picture, picture: Picture, x: int, y: int) -> None:
    """Put ``picture`` on ``page`` with its top left corner at (x, y); what does not fit is cut."""
    place = page[y : y + picture.shape[0], x : x + picture.shape[1]]
    place[:] = picture[: place.shape[0], : place.shape[1]]


def box(page: Picture, place: Rectangle, colour: Colour) -> None:
    """Fill a rectangle whose corners are cut by one pixel, which reads as rounded."""
    x, y, width, height = place
    page[y + 1 : y + height - 1, x : x + width] = colour
    page[y : y + height, x + 1 : x + width - 1] = colour


def frame(page: Picture, place: Rectangle, colour: Colour, thick: int = 1) -> None:
    """Draw the outline of a rectangle, ``thick`` pixels wide, inside its edges."""
    x, y, width, height = place
    page[y : y + thick, x : x + width] = colour
    page[y + height - thick : y + height, x : x + width] = colour
    page[y : y + height, x : x + thick] = colour
    page[y : y + height, x + width - thick : x + width] = colour


def beside(pictures: Sequence[Picture], gap: int = GAP) -> Picture:
    """Pictures from left to right, top edges level."""
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] for picture in pictures) + gap * (len(pictures) - 1)
    sheet = blank(height, width)
    x = 0
    for picture in pictures:
        sheet[: picture.shape[0], x : x + picture.shape[1]] = picture
        x += picture.shape[1] + gap
    return sheet


def above(pictures: Sequence[Picture], gap: int = GAP) -> Picture:
    """Pictures from top to bottom, left edges level."""
    if not gap and len({picture.shape[1] for picture in pictures}) == 1:
        return np.concatenate(pictures)
    height = sum(picture.shape[0] for picture in pictures) + gap * (len(pictures) - 1)
    sheet = blank(height, max(picture.shape[1] for picture in pictures))
    y = 0
    for picture in pictures:
        sheet[y : y + picture.shape[0], : picture.shape[1]] = picture
        y += picture.shape[0] + gap
    return sheet


def grid(pictures: Sequence[Picture], columns: int, gap: int = GAP) -> Picture:
    """Pictures in rows of ``columns``, read like a page."""
    rows = [beside(pictures[i : i + columns], gap) for i in range(0, len(pictures), columns)]
    return above(rows, gap)
