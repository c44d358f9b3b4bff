"""From an observation space to the panes that draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from gymnasium import spaces

from rlprobe.view.canvas import FAINT, GAP, above, beside
from rlprobe.view.panes.cells import DiscretePane, MultiPane, WordsPane
from rlprobe.view.panes.gauges import GaugePane
from rlprobe.view.panes.image import WIDEST, ImagePane
from rlprobe.view.panes.image_axes import check_layout, image_layout
from rlprobe.view.panes.matrix import MatrixPane
from rlprobe.view.text import caption

if TYPE_CHECKING:
    from rlprobe.view.canvas import Picture

MOST_GAUGES = 96

Names = Sequence[str] | Mapping[str, Sequence[str]] | None


class Pane(Protocol):
    """Draws one observation; its picture has the same size at every step."""

    def clear(self) -> None:
        """Start a new episode."""

    def update(self, value: Any) -> None:
        """Take the next observation."""

    def draw(self) -> Picture:
        """The picture of the last observation."""


@dataclass(frozen=True)
class Drawing:
    """How observations are drawn, where the space alone does not say it."""

    layout: str | None = None
    zoom: int | None = None
    stack: int | None = None
    names: Names = None


def pane_for(space: spaces.Space[Any], how: Drawing, path: str = "") -> Pane:
    """The pane that draws observations of ``space``.

    Args:
        space: any space; those without a picture of their own are shown in words.
        how: layout, enlargement and names.
        path: where the space lies within a Dict or Tuple, as in ``"camera.left"``.
    """
    if isinstance(space, spaces.Dict):
        return NestedPane({key: pane_for(s, how, _join(path, key)) for key, s in space.spaces.items()})
    if isinstance(space, spaces.Tuple):
        return NestedPane({i: pane_for(s, how, _join(path, i)) for i, s in enumerate(space.spaces)})
    if isinstance(space, spaces.Discrete):
        return DiscretePane(space)
    if isinstance(space, spaces.MultiBinary | spaces.MultiDiscrete):
        return MultiPane(space)
    if isinstance(space, spaces.Box) and np.prod(space.shape):
        return _box_pane(space, how, path)
    return WordsPane()


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _box_pane(space: spaces.Box, how: Drawing, path: str) -> Pane:
    size = int(np.prod(space.shape))
    if how.layout is not None and len(space.shape) > 1:
        return ImagePane(space, check_layout(how.layout, space.shape), how.zoom)
    layout = image_layout(space.shape, space.dtype, how.stack)
    if layout is not None:
        return ImagePane(space, layout, how.zoom)
    return (
        GaugePane(space, _names(space.shape, how.names, path)) if size <= MOST_GAUGES else MatrixPane(space)
    )


def _names(shape: tuple[int, ...], names: Names, path: str) -> list[str]:
    """A name per component: given ones where their number fits, else the index."""
    own = names.get(path) if isinstance(names, Mapping) else names if not path else None
    size = int(np.prod(shape))
    if own is not None and len(own) == size:
        return [str(name) for name in own]
    if own is not None and len(shape) == 2 and len(own) == shape[1]:
        return [f"{i} {name}" for i in range(shape[0]) for name in own]
    return [",".join(map(str, index)) or "value" for index in np.ndindex(*shape)]


class NestedPane:
    """A Dict or Tuple observation: the panes of its parts, each under its key."""

    def __init__(self, parts: Mapping[Any, Pane]) -> None:
        self._parts = parts

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
        rows: list[list[Picture]] = [[]]
        for key, pane in self._parts.items():
            picture = pane.draw()
            labelled = above([caption(str(key), max(picture.shape[1], 80)), picture], 0)
            used = sum(p.shape[1] + GAP for p in rows[-1])
            if rows[-1] and used + labelled.shape[1] > WIDEST:
                rows.append([])
            rows[-1].append(labelled)
        return above([beside(row) for row in rows])
