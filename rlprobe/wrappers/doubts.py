"""Warnings of a normaliser at construction: arrays that it leaves alone, or whose kind is doubtful."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from gymnasium import spaces

from rlprobe.wrappers.leaves import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.environments.pictures import Shown
    from rlprobe.wrappers.leaves import Choice

OF_NO_SHAPE = (spaces.Graph, spaces.Sequence, spaces.OneOf)


def warn_of_doubts(name: str, space: spaces.Space[Any], choice: Choice) -> None:
    """Warn once of the arrays that the wrapper ``name`` leaves alone or doubts, and how to specify them."""
    found = [*_left(space, choice), *_doubtful(space, choice)]
    if found:
        warnings.warn(f"{name} {'; it '.join(found)}", stacklevel=4)


def _left(space: spaces.Space[Any], choice: Choice) -> Iterator[str]:
    pictures = [
        "/".join(path)
        for path, box in boxes(space)
        if path and choice.images is None and choice.treatment(box, path) == "leave" and choice.keys is None
    ]
    if pictures:
        one = repr(pictures[0]) if len(pictures) == 1 else ", ".join(map(repr, pictures))
        yield (
            f"leaves {one} as bytes: libraries give convolutions only to pictures of bytes "
            "(Stable-Baselines3's MultiInputPolicy builds a flat network for floats). images='channel' or "
            "keys=... standardises pictures too, images='leave' says that this is meant"
        )
    if choice.keys is None:
        for path, part in _of_no_shape(space, ()):
            label = "/".join(path) or "observation"
            yield (
                f"leaves {label!r} as it is: a {type(part).__name__} has no fixed shape to keep statistics "
                "of. Standardise its numbers in the environment"
            )


def _of_no_shape(
    space: spaces.Space[Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], spaces.Space[Any]]]:
    if isinstance(space, OF_NO_SHAPE):
        yield path, space
    parts: Any = ()
    if isinstance(space, spaces.Dict):
        parts = space.spaces.items()
    elif isinstance(space, spaces.Tuple):
        parts = enumerate(space.spaces)
    for key, part in parts:
        yield from _of_no_shape(part, (*path, str(key)))


def _doubtful(space: spaces.Space[Any], choice: Choice) -> Iterator[str]:
    for path, box in boxes(space):
        what = choice.shown(box, path)
        if what.doubt and choice.takes(box, path) and choice.images != "pixel":
            label = "/".join(path) or "observation"
            taken = f"takes {label!r}, {box.dtype} {box.shape}, as {what}: {_counted(box, what)}"
            yield f"{taken}, but {_or(what, label)}"


def taken(space: spaces.Space[Any], choice: Choice) -> dict[str, str]:
    """What each array is treated as, and which statistics it gets, as text.

    >>> import numpy as np
    >>> from rlprobe.wrappers.leaves import Choice
    >>> taken(spaces.Box(0, 255, (7, 7, 20), np.uint8), Choice())
    {'observation': 'planes HWC: one statistic for each of 20 channels'}
    """
    found = {}
    for path, box in boxes(space):
        label = "/".join(path) or "observation"
        what = choice.shown(box, path)
        how = _counted(box, what) if choice.takes(box, path) else "left as it is"
        if choice.treatment(box, path) in {"fixed", "pixel"}:
            how = "divided by 255" if choice.treatment(box, path) == "fixed" else "one statistic per pixel"
        found[label] = f"{what}: {how}"
    return found


def _counted(box: spaces.Box, what: Shown) -> str:
    if not what.spatial:
        return "one statistic per element"
    others = [n for axis, n in enumerate(box.shape) if axis not in what.spatial]
    return f"one statistic for each of {' x '.join(map(str, others)) or '1'} channels"


def _or(what: Shown, label: str) -> str:
    """Why it may be something else, and which argument says so."""
    other = what.layout[2:] + what.layout[:2] if what.layout.startswith("HW") else what.layout[1:] + "C"
    words = []
    if "layout" in what.doubt:
        words.append(f"layout={_asked(label, other)}")
    if "ids" in what.doubt:
        words.append(f"kind={_asked(label, 'ids')}")
    if "picture" in what.doubt:
        words.append(f"kind={_asked(label, 'picture')}")
    mine = (
        f"layout={_asked(label, what.layout)}"
        if "layout" in what.doubt
        else f"kind={_asked(label, what.kind)}"
    )
    return f"{what.doubt}. Say {' or '.join(words)} if it is so, {mine} if not"


def _asked(label: str, word: str) -> str:
    return repr(word) if label == "observation" else repr({label: word})
