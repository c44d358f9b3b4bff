"""Which arrays of a space are standardised, and the space of the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from gymnasium import spaces

from rlprobe.environments.pictures import Shown, for_label, shown
from rlprobe.stats.layout import Layout, Skeleton
from rlprobe.stats.leaf import Leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

Images: TypeAlias = Literal["channel", "pixel", "fixed", "leave"]
ByLabel: TypeAlias = "str | Mapping[str, str] | None"


@dataclass(frozen=True)
class Choice:
    """Which arrays a user wants standardised, and what they are.

    Args:
        keys: labels such as ``"arm/0"`` (or of a whole branch, ``"arm"``) to choose; None for all.
        images: what becomes of pictures; None for one statistic per channel of a plain picture, and for
            pictures within a ``Dict`` or ``Tuple`` left as they are.
        kind: what the arrays are, one word for all or a mapping from labels; None to go by shape and type.
        layout: which axis is which, likewise.
    """

    keys: Sequence[str] | None = None
    images: Images | None = None
    kind: ByLabel = None
    layout: ByLabel = None

    def shown(self, box: spaces.Box, path: tuple[str, ...]) -> Shown:
        """What the array at ``path`` is taken for."""
        label = "/".join(path) or "observation"
        layout = for_label(self.layout, label)
        if path and isinstance(self.layout, str) and len(self.layout) != len(box.shape):
            layout = None  # one layout for all arrays of a nest is meant for those with as many axes
        return shown(box, kind=for_label(self.kind, label), layout=layout)

    def asks_for(self, path: tuple[str, ...]) -> bool:
        """Whether the user names this array, and not only by taking all."""
        label = "/".join(path) or "observation"
        if self.keys is not None and _chosen(path, self.keys):
            return True
        return any(by is not None and for_label(by, label) is not None for by in (self.kind, self.layout))

    def treatment(self, box: spaces.Box, path: tuple[str, ...]) -> Images | None:
        """How a picture is treated; None for what is no picture."""
        if self.shown(box, path).kind not in ("picture", "planes") or not is_image(box):
            return None
        if self.images is not None:
            return self.images
        return "leave" if path and not self.asks_for(path) else "channel"

    def takes(self, box: spaces.Box, path: tuple[str, ...]) -> bool:
        """Whether the array at ``path`` gets statistics."""
        if box.dtype == np.bool_ or not _chosen(path, self.keys) or self.shown(box, path).kind == "ids":
            return False
        return self.treatment(box, path) not in ("fixed", "leave")

    def check(self, space: spaces.Space[Any]) -> None:
        """Refuse labels that are not there.

        Raises:
            ValueError: names what there is.
        """
        labels = ["/".join(path) or "observation" for path, box in boxes(space)]
        for name in ("kind", "layout"):
            asked = getattr(self, name)
            for key in asked if isinstance(asked, Mapping) else ():
                if key not in labels:
                    raise ValueError(
                        f"expected {name} for some of {sorted(labels)}, got {key!r}: no such array"
                    )


def is_image(space: spaces.Space[Any]) -> bool:
    """Whether ``space`` holds pictures: uint8 with two axes or more."""
    return isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) >= 2


def layout_of(space: spaces.Space[Any], choice: Choice, names: Sequence[str] | None = None) -> Layout:
    """The layout of the arrays of ``space`` that get statistics; ids, flags and text are left alone.

    Args:
        space: any nesting of spaces.
        choice: what the user wants.
        names: one name per component, only for a space with a single chosen array.

    Raises:
        ValueError: an unknown key, an array without components, names that do not fit.
    """
    paths = [path for path, box in boxes(space) if box.dtype != np.bool_]
    for key in choice.keys or ():
        if not any(_chosen(path, [key]) for path in paths):
            raise ValueError(
                f"expected keys among {sorted(map('/'.join, paths))}, got {key!r}: no such array"
            )
    choice.check(space)
    layout = _layout(space, choice, choice.takes)
    if names is None:
        return layout
    return Layout((_named(layout.leaves, tuple(names)),), layout.skeleton)


def fixed_layout(space: spaces.Space[Any], choice: Choice) -> Layout:
    """The layout of the pictures that are divided by 255 instead of standardised."""

    def fixed(box: spaces.Box, path: tuple[str, ...]) -> bool:
        return _chosen(path, choice.keys) and choice.treatment(box, path) == "fixed"

    return _layout(space, choice, fixed)


def _layout(
    space: spaces.Space[Any], choice: Choice, wanted: Callable[[spaces.Box, tuple[str, ...]], bool]
) -> Layout:
    leaves: list[Leaf] = []

    def walk(part: spaces.Space[Any], path: tuple[str, ...]) -> Skeleton:
        if isinstance(part, spaces.Dict):
            return {key: walk(child, (*path, str(key))) for key, child in part.spaces.items()}
        if isinstance(part, spaces.Tuple):
            return tuple(walk(child, (*path, str(i))) for i, child in enumerate(part.spaces))
        if not isinstance(part, spaces.Box) or not wanted(part, path):
            return None
        leaves.append(_leaf(part, path, choice))
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


def _leaf(space: spaces.Box, path: tuple[str, ...], choice: Choice) -> Leaf:
    what = choice.shown(space, path)
    leaf = Leaf(
        path=path,
        shape=space.shape,
        dtype=str(space.dtype),
        pooled=() if what.kind == "numbers" or choice.treatment(space, path) == "pixel" else what.spatial,
        low=_bounds(space.low),
        high=_bounds(space.high),
    )
    if 0 in space.shape:
        raise ValueError(
            f"expected at least one component, but {leaf.label!r} has the shape {space.shape}: "
            "leave it out by naming the others in keys="
        )
    return leaf


def _bounds(values: npt.NDArray[Any]) -> tuple[float, ...]:
    """Declared bounds as a tuple; a single number if all are the same."""
    flat = values.astype(np.float64).reshape(-1)
    if flat.size and (flat == flat[0]).all():
        return (float(flat[0]),)
    return tuple(flat.tolist())


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
