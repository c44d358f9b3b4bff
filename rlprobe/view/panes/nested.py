"""The pane of a Dict or Tuple observation: the panes of its parts, each under its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rlprobe.view.canvas import FAINT, GAP, above, beside
from rlprobe.view.panes.gauges import GaugePane
from rlprobe.view.panes.image import WIDEST, ImagePane
from rlprobe.view.text import caption, line_height

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlprobe.view.canvas import Picture

NARROWEST = 80
IMAGE_ROOM = 240
"""Pixels that images keep beside gauges."""


class Pane(Protocol):
    """Draws one observation; its picture has the same size at every step."""

    def fit(self, width: int, height: int) -> None:
        """Arrange what is drawn for a room of so many pixels; it may still come out larger or smaller."""

    def clear(self) -> None:
        """Start a new episode."""

    def update(self, value: Any) -> None:
        """Take the next observation."""

    def draw(self) -> Picture:
        """The picture of the last observation."""


class NestedPane:
    """A Dict or Tuple observation: the panes of its parts, each under its key; gauges share one legend."""

    def __init__(self, parts: Mapping[Any, Pane]) -> None:
        self._parts = parts
        self._width, self._split = WIDEST, False
        for pane in list(gauges_in(self))[:-1]:
            pane.legend = False

    @property
    def parts(self) -> list[Pane]:
        """The panes in the order of their keys."""
        return list(self._parts.values())

    @property
    def images(self) -> dict[Any, Pane]:
        """The parts that show images, which grow with the room there is."""
        return {key: pane for key, pane in self._parts.items() if has_image(pane)}

    def fit(self, width: int, height: int) -> None:
        """Images at the left as large as they can be, everything else in a column at the right."""
        images = self.images
        others = [pane for key, pane in self._parts.items() if key not in images]
        self._width, self._split = width, bool(images and others)
        label = line_height() + GAP
        self._fit_column(others, max(width // 2, width - IMAGE_ROOM) if images else width, height, label)
        used = max((pane.draw().shape[1] + 2 * GAP for pane in others), default=0)
        for pane in images.values():
            pane.fit((width - used) // len(images) - GAP, height - label)

    def _fit_column(self, panes: list[Pane], width: int, height: int, label: int) -> None:
        """Parts below each other: what cannot be arranged keeps its height, the rest is shared by size."""
        weights = [sum(gauge.size for gauge in gauges_in(pane)) for pane in panes]
        free = height - label * len(panes)
        for pane, weight in zip(panes, weights, strict=True):
            if not weight:
                pane.fit(width, free // len(panes))
                free -= pane.draw().shape[0]
        for pane, weight in zip(panes, weights, strict=True):
            if weight:
                pane.fit(width, free * weight // sum(weights))

    def clear(self) -> None:
        """Start a new episode in every part."""
        for pane in self._parts.values():
            pane.clear()

    def update(self, value: Any) -> None:
        """Hand every part its share of the observation."""
        for key, pane in self._parts.items():
            pane.update(value[key])

    def draw(self) -> Picture:
        """The labelled panes from left to right, in as many rows as they need."""
        if not self._parts:
            return caption("(empty)", 240, FAINT)
        drawn = {key: _labelled(key, pane) for key, pane in self._parts.items()}
        if not self._split:
            return _rows(list(drawn.values()), self._width)
        images = self.images
        others = [picture for key, picture in drawn.items() if key not in images]
        return beside([_rows([drawn[key] for key in images], self._width), above(others)], 2 * GAP)


def gauges_in(pane: Pane) -> Iterator[GaugePane]:
    """The gauges of a pane and of its parts."""
    if isinstance(pane, GaugePane):
        yield pane
    for part in pane.parts if isinstance(pane, NestedPane) else ():
        yield from gauges_in(part)


def has_image(pane: Pane) -> bool:
    """Whether a pane or one of its parts shows an image."""
    return isinstance(pane, ImagePane) or (isinstance(pane, NestedPane) and any(map(has_image, pane.parts)))


def _labelled(key: Any, pane: Pane) -> Picture:
    picture = pane.draw()
    return above([caption(str(key), max(picture.shape[1], NARROWEST)), picture], 0)


def _rows(pictures: list[Picture], width: int) -> Picture:
    """Pictures from left to right, in as many rows as they need."""
    rows: list[list[Picture]] = [[]]
    for picture in pictures:
        used = sum(p.shape[1] + GAP for p in rows[-1])
        if rows[-1] and used + picture.shape[1] > width:
            rows.append([])
        rows[-1].append(picture)
    return above([beside(row) for row in rows])
