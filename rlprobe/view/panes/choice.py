"""From an observation space to the panes that draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.environments.pictures import shown
from rlprobe.view.panes.cells import DiscretePane, MultiPane, WordsPane
from rlprobe.view.panes.gauges import GaugePane
from rlprobe.view.panes.image import ImagePane
from rlprobe.view.panes.image_axes import check_layout, image_layout
from rlprobe.view.panes.matrix import MatrixPane
from rlprobe.view.panes.nested import NestedPane

if TYPE_CHECKING:
    from rlprobe.view.panes.nested import Pane

MOST_GAUGES = 96

Names = Sequence[str] | Mapping[str, Sequence[str]] | None


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
    if (planes := _planes(space, how)) is not None:
        return ImagePane(space, planes, how.zoom, as_seen=True)
    layout = image_layout(space.shape, space.dtype, how.stack)
    if layout is not None:
        return ImagePane(space, layout, how.zoom)
    return (
        GaugePane(space, _names(space.shape, how.names, path)) if size <= MOST_GAUGES else MatrixPane(space)
    )


def _planes(space: spaces.Box, how: Drawing) -> str | None:
    """The layout of planes of facts, such as a board has, which stand beside each other; else None."""
    found = shown(space)
    if found.kind != "planes" or how.stack is not None:
        return None
    return {"HW": "HW", "HWC": "HWS", "CHW": "SHW"}.get(found.layout)


def _names(shape: tuple[int, ...], names: Names, path: str) -> list[str]:
    """A name per component: given ones where their number fits, else the index."""
    own = names.get(path) if isinstance(names, Mapping) else names if not path else None
    size = int(np.prod(shape))
    if own is not None and len(own) == size:
        return [str(name) for name in own]
    if own is not None and len(shape) == 2 and len(own) == shape[1]:
        return [f"{i} {name}" for i in range(shape[0]) for name in own]
    return [",".join(map(str, index)) or "value" for index in np.ndindex(*shape)]
