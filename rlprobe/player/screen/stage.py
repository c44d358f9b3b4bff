"""The pictures of a game: the camera and what the agent sees, side by side, as large as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.extras import need
from rlprobe.view.canvas import FAINT, GAP, blank, enlarge, paste, resized
from rlprobe.view.text import cut_to, line_height, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.view.canvas import Picture
    from rlprobe.view.panes.nested import Pane

    Size = tuple[int, int]

HEADING = line_height() + 4
BETWEEN = 3 * GAP
NATURAL_HEIGHT = 480
AGENTS_SHARE = 0.55
"""Of the width, for what the agent sees, until it is known how much of that it uses."""
SMALLEST = 40
MORE_FOR_WHOLE = 0.05
"""Share of the width that the camera may take beyond its own, where it then needs no shrinking."""


class Stage:
    """Arranges and draws the pictures.

    Args:
        camera: takes the environment's own picture; None without one.
        pane: draws what the agent sees; None where only the camera is shown.
        words: over the agent's picture.
        zoom: enlargement of the camera's picture in a window of natural size.
    """

    def __init__(
        self,
        camera: Callable[[], Picture] | None,
        pane: Pane | None,
        words: str,
        zoom: int | None = None,
    ) -> None:
        self._zoom = zoom
        self._camera, self._pane, self._words = camera, pane, words
        self._room: Size = (0, 0)
        self._enlarged = True
        self._camera_size: Size = (0, 0)

    def natural(self, width: int, height: int) -> Size:
        """Arrange the pictures without enlarging them beyond what is comfortable; returns their size."""
        self._enlarged = False
        self._arrange(width, min(height, NATURAL_HEIGHT + HEADING))
        size = self._extent(self._parts())
        self._enlarged = True
        return size

    def hold(self, width: int, height: int) -> None:
        """Keep the arrangement and stand in the middle of this room."""
        self._room = (width, height)

    def fit(self, width: int, height: int) -> None:
        """Arrange the pictures for exactly this room."""
        self._arrange(width, height)

    def _arrange(self, width: int, height: int) -> None:
        self._room = (width, height)
        if self._pane is None:
            self._place_camera(width, height - HEADING)
        elif self._camera is None:
            self._pane.fit(width, height - HEADING)
        elif self._wide() and not self._enlarged and self._place_whole(width, height - HEADING):
            self._pane.fit(width - self._camera_size[0] - BETWEEN, height - HEADING)
        elif self._wide():
            self._pane.fit(int(AGENTS_SHARE * width), height - HEADING)
            self._place_camera(max(SMALLEST, width - self._seen()[0] - BETWEEN), height - HEADING)
            self._pane.fit(width - self._camera_size[0] - BETWEEN, height - HEADING)
        else:
            self._pane.fit(width, int(AGENTS_SHARE * (height - BETWEEN)) - HEADING)
            rest = height - BETWEEN - 2 * HEADING - self._seen()[1]
            self._place_camera(width, max(SMALLEST, rest))
            self._pane.fit(width, height - BETWEEN - 2 * HEADING - self._camera_size[1])

    def _wide(self) -> bool:
        return self._room[0] >= self._room[1]

    def _seen(self) -> Size:
        """Width and height of the agent's picture as it is arranged now."""
        picture = self._pane.draw() if self._pane is not None else blank(1, 1)
        return picture.shape[1], picture.shape[0]

    def _place_whole(self, width: int, height: int) -> bool:
        """Give the camera a whole multiple of its size if that leaves the agent its share."""
        picture = self._camera() if self._camera is not None else blank(1, 1)
        room = int((1 - AGENTS_SHARE + MORE_FOR_WHOLE) * width)
        if picture.shape[1] > room or picture.shape[0] > height:
            return False
        self._place_camera(room, height)
        return True

    def _place_camera(self, width: int, height: int) -> None:
        picture = self._camera() if self._camera is not None else blank(1, 1)
        scale = min(width / picture.shape[1], height / picture.shape[0])
        if self._zoom and not self._enlarged:
            scale = min(scale, self._zoom)
        scale = float(int(scale)) if scale >= 2 or (scale >= 1 and not self._enlarged) else scale
        self._camera_size = max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale))

    def _parts(self) -> list[Picture]:
        """The pictures under their headings."""
        parts = []
        if self._camera is not None:
            words = "camera: what the environment renders"
            parts.append(_headed(words, scaled(self._camera(), *self._camera_size)))
        if self._pane is not None:
            parts.append(_headed(self._words, self._pane.draw()))
        return parts

    def _extent(self, parts: list[Picture]) -> Size:
        gaps = BETWEEN * (len(parts) - 1)
        widths, heights = [part.shape[1] for part in parts], [part.shape[0] for part in parts]
        return (sum(widths) + gaps, max(heights)) if self._wide() else (max(widths), sum(heights) + gaps)

    def draw(self) -> Picture:
        """The pictures in the middle of the room."""
        width, height = self._room
        page = blank(height, width)
        parts = self._parts()
        wide, tall = self._extent(parts)
        if wide > width or tall > height:  # an image too large for the room even unenlarged
            share = min(width / wide, height / tall)
            parts = [
                resized(p, max(1, int(p.shape[0] * share)), max(1, int(p.shape[1] * share))) for p in parts
            ]
            wide, tall = self._extent(parts)
        x, y = max(0, (width - wide) // 2), max(0, (height - tall) // 2)
        for part in parts:
            paste(page, part, x, y)
            x, y = (x + part.shape[1] + BETWEEN, y) if self._wide() else (x, y + part.shape[0] + BETWEEN)
        return page


def _headed(words: str, picture: Picture) -> Picture:
    page = blank(picture.shape[0] + HEADING, picture.shape[1])
    write(page, 0, 0, cut_to(words, picture.shape[1]), FAINT)
    page[HEADING:] = picture
    return page


def scaled(picture: Picture, width: int, height: int) -> Picture:
    """The camera's picture at this size: whole multiples are exact, others are smoothed."""
    if (picture.shape[1], picture.shape[0]) == (width, height):
        return picture
    zoom = width // picture.shape[1]
    if zoom > 1 and (picture.shape[1] * zoom, picture.shape[0] * zoom) == (width, height):
        return enlarge(picture, zoom)
    cv2 = need("cv2", "a picture of another size")
    how = cv2.INTER_AREA if 2 * width < picture.shape[1] else cv2.INTER_LINEAR
    found: Picture = cv2.resize(picture, (width, height), interpolation=how)
    return found
