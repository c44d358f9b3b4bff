"""Pictures as arrays: (height, width, 3) bytes, enlarged without smoothing and set side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Colour = tuple[int, int, int]

BACKGROUND: Colour = (24, 26, 31)
PANEL: Colour = (44, 48, 56)
FAINT: Colour = (120, 126, 138)
TEXT: Colour = (226, 229, 234)
BAND: Colour = (58, 92, 138)
MARK: Colour = (255, 196, 61)
LINE: Colour = (110, 190, 255)
ALARM: Colour = (240, 76, 76)
NOT_A_NUMBER: Colour = (255, 0, 255)
GAP = 8


def blank(height: int, width: int, colour: Colour = BACKGROUND) -> Picture:
    """A picture of one colour."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colour
    return picture


def enlarge(picture: Picture, zoom: int) -> Picture:
    """Every pixel becomes ``zoom`` by ``zoom`` equal pixels; nothing is smoothed."""
    if zoom == 1:
        return picture
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


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
