"""Which arrays of a space are numbers to standardise, and what the space looks like afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from gymnasium import spaces

from rlprobe.stats.layout import Layout, Skeleton
from rlprobe.stats.leaf import Leaf, bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Images: TypeAlias = Literal["channel", "pixel", "fixed"]


def is_image(space: spaces.Space[Any]) -> bool:
    """Whether ``space`` holds pictures: uint8 with two axes or more."""
    return isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) >= 2


def layout_of(
    space: spaces.Space[Any], *, keys: Sequence[str] | None, images: Images, names: Sequence[str] | None
) -> Layout:
    """The layout of the arrays of ``space`` that get statistics; ids, flags and text are left alone.

    Args:
        space: any nesting of spaces.
        keys: labels such as ``"arm/0"`` (or of a whole branch, ``"arm"``) to choose; None for all.
        images: how uint8 pictures share statistics; ``"fixed"`` ones have none.
        names: one name per component, only for a space with a single chosen array.

    Raises:
        ValueError: an unknown key, an array without components, names that do not fit.
    """
    paths = [path for path, box in boxes(space) if box.dtype != np.bool_]
    for key in keys or ():
        if not any(_chosen(path, [key]) for path in paths):
            raise ValueError(
                f"expected keys among {sorted(map('/'.join, paths))}, got {key!r}: no such array"
            )
    layout = _layout(space, keys, images, lambda box: images != "fixed" or not is_image(box))
    if names is None:
        return layout
    return Layout((_named(layout.leaves, tuple(names)),), layout.skeleton)


def fixed_layout(space: spaces.Space[Any], *, keys: Sequence[str] | None, images: Images) -> Layout:
    """The layout of the pictures that are divided by 255 instead of standardised."""
    return _layout(space, keys, images, lambda box: images == "fixed" and is_image(box))


def _layout(
    space: spaces.Space[Any], keys: Sequence[str] | None, images: Images, wanted: Callable[[spaces.Box], bool]
) -> Layout:
    leaves: list[Leaf] = []

    def walk(part: spaces.Space[Any], path: tuple[str, ...]) -> Skeleton:
        if isinstance(part, spaces.Dict):
            return {key: walk(child, (*path, str(key))) for key, child in part.spaces.items()}
        if isinstance(part, spaces.Tuple):
            return tuple(walk(child, (*path, str(i))) for i, child in enumerate(part.spaces))
        if (
            not isinstance(part, spaces.Box)
            or part.dtype == np.bool_
            or not _chosen(path, keys)
            or not wanted(part)
        ):
            return None
        leaves.append(_leaf(part, path, images))
        return len(leaves) - 1

    skeleton = walk(space, ())
    return Layout(tuple(leaves), skeleton)


def boxes(
    space: spaces.Space[Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], spaces.Box]]:
    """Every ``Box`` in ``space`` with its path."""
    if isinstance(space, spaces.Box):
        yield path, space
    for key, child in _children(space):
        yield from boxes(child, (*path, key))


def _children(space: spaces.Space[Any]) -> list[tuple[str, spaces.Space[Any]]]:
    if isinstance(space, spaces.Dict):
        return [(str(key), child) for key, child in space.spaces.items()]
    if isinstance(space, spaces.Tuple):
        return [(str(position), child) for position, child in enumerate(space.spaces)]
    return []


def _chosen(path: tuple[str, ...], keys: Sequence[str] | None) -> bool:
    return keys is None or any("/".join(path[:depth]) in keys for depth in range(1, len(path) + 1))


def _leaf(space: spaces.Box, path: tuple[str, ...], images: Images) -> Leaf:
    leaf = Leaf(
        path=path,
        shape=space.shape,
        dtype=str(space.dtype),
        pooled=spatial_axes(space.shape) if is_image(space) and images == "channel" else (),
        low=bounds(space.low),
        high=bounds(space.high),
    )
    if 0 in space.shape:
        raise ValueError(
            f"expected at least one component, but {leaf.label!r} has the shape {space.shape}: "
            "leave it out by naming the others in keys="
        )
    return leaf


def spatial_axes(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of a picture: the two neighbouring axes with the most elements, the first of equals.

    >>> spatial_axes((84, 84, 4)), spatial_axes((4, 84, 84)), spatial_axes((4, 84, 84, 3))
    ((0, 1), (1, 2), (1, 2))
    """
    first = max(range(len(shape) - 1), key=lambda axis: shape[axis] * shape[axis + 1])
    return first, first + 1


def _named(leaves: tuple[Leaf, ...], names: tuple[str, ...]) -> Leaf:
    if len(leaves) != 1:
        raise ValueError(f"expected one array to give names to, got {len(leaves)}: choose one with keys=")
    (leaf,) = leaves
    size = int(np.prod(leaf.stat_shape))
    if len(names) != size or len(set(names)) != size:
        raise ValueError(f"expected {size} different names for {leaf.label!r}, got {len(names)}: {names}")
    return Leaf(leaf.path, leaf.shape, leaf.dtype, leaf.pooled, leaf.low, leaf.high, names)


def standardised(space: spaces.Space[Any], layout: Layout, low: float, high: float) -> spaces.Space[Any]:
    """``space`` with each array of ``layout`` as a float32 ``Box`` from ``low`` to ``high``."""
    return _standardised(space, layout.skeleton, layout, low, high)


def _standardised(
    space: spaces.Space[Any], skeleton: Skeleton, layout: Layout, low: float, high: float
) -> spaces.Space[Any]:
    if isinstance(skeleton, int):
        return spaces.Box(low, high, layout.leaves[skeleton].shape, np.float32)
    if isinstance(skeleton, dict) and isinstance(space, spaces.Dict):
        return spaces.Dict(
            {key: _standardised(space[key], item, layout, low, high) for key, item in skeleton.items()}
        )
    if isinstance(skeleton, tuple) and isinstance(space, spaces.Tuple):
        return spaces.Tuple(
            [
                _standardised(space[position], item, layout, low, high)
                for position, item in enumerate(skeleton)
            ]
        )
    return space
