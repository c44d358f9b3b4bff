"""What an array shows (an image, planes, a grid of ids, a depth map), and the meaning of its axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gymnasium import spaces

Kind: TypeAlias = Literal["picture", "planes", "depth", "ids", "numbers"]
KINDS: Final = ("picture", "planes", "depth", "ids", "numbers")
SAME_AS: Final = {"image": "picture", "segmentation": "ids", "mask": "ids", "labels": "ids"}
COLOURS: Final = (1, 3, 4)
FEW_IDS: Final = 64
"""A whole number below this as the upper bound of a grid speaks for ids rather than for brightness."""
PICTURE_SIDE: Final = 16
"""Arrays of floats with two axes of this length or more may be pictures."""


@dataclass(frozen=True)
class Shown:
    """What an array is treated as.

    Args:
        kind: ``"picture"`` (brightness), ``"planes"`` (one feature per plane), ``"depth"``, ``"ids"``
            (integers that name things) or ``"numbers"`` (independent elements).
        layout: one letter per axis: H height, W width, C channel or plane, S stacked frames or other.
        doubt: why it may be something else, as a sentence; empty if there is no doubt.
    """

    kind: Kind
    layout: str = ""
    doubt: str = ""

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes of height and width; none for numbers."""
        return tuple(axis for axis, letter in enumerate(self.layout) if letter in "HW")

    def __str__(self) -> str:
        return f"{self.kind} {self.layout}".strip()


def shown(box: spaces.Box, *, kind: str | None = None, layout: str | None = None) -> Shown:
    """What arrays of ``box`` show: as given by ``kind`` and ``layout``, else from shape, dtype and bounds.

    Raises:
        ValueError: a kind or layout that does not exist or does not fit the shape.

    >>> from gymnasium.spaces import Box
    >>> for shape in ((84, 84, 3), (4, 84, 84), (7, 7, 20), (210, 160)):
    ...     print(shown(Box(0, 255, shape, np.uint8)))
    picture HWC
    picture CHW
    planes HWC
    picture HW
    """
    asked = _known(kind)
    if layout is not None:
        axes = check_axes(layout, box.shape)
        return Shown(asked or _kind(box, axes), axes)
    if len(box.shape) < 2 or asked == "numbers":
        return Shown(asked or "numbers")
    if asked is None and box.dtype != np.uint8:
        return Shown("numbers", doubt=_not_bytes(box))
    axes, sure = _axes(box.shape)
    found = asked or _kind(box, axes)
    doubts = [] if sure else [f"the layout {axes} is a guess from the shape {box.shape}"]
    if asked is None and (limit := _few(box)) > 1:
        doubts.append(f"its values go only up to {limit}: they may be ids")
    return Shown(found, axes, " and ".join(doubts))


def for_label(asked: str | Mapping[str, str] | None, label: str) -> str | None:
    """The option for the array ``label``: one word for all arrays, or a mapping from labels."""
    return asked if asked is None or isinstance(asked, str) else asked.get(label)


def check_axes(layout: str, shape: tuple[int, ...]) -> str:
    """``layout`` in capitals, if it has one letter per axis of ``shape``, one H and one W.

    Raises:
        ValueError: anything else.
    """
    axes = str(layout).upper()
    if len(axes) != len(shape) or axes.count("H") != 1 or axes.count("W") != 1 or set(axes) - set("HWCSNT"):
        raise ValueError(
            f"expected layout as one letter per axis of the shape {shape}: one H (height), one W (width), "
            f"and C (channel or plane) or S (stack) for others, as in 'HWC' or 'CHW'; got {layout!r}"
        )
    return axes


def _known(kind: str | None) -> Kind | None:
    if kind is None:
        return None
    word: Any = SAME_AS.get(kind, kind)
    if word not in KINDS:
        raise ValueError(f"expected kind to be one of {(*KINDS, *SAME_AS)}, got {kind!r}")
    known: Kind = word
    return known


def _kind(box: spaces.Box, axes: str) -> Kind:
    """A picture, or planes where there are more channels than colours and frames have, or only 0 and 1."""
    others = [n for n, letter in zip(box.shape, axes, strict=True) if letter not in "HW"]
    small = max(others, default=1) > 12 or min(_sides(box.shape, axes)) < PICTURE_SIDE
    return "planes" if box.dtype.kind in "uib" and ((small and others) or _few(box) == 1) else "picture"


def _sides(shape: tuple[int, ...], axes: str) -> list[int]:
    return [n for n, letter in zip(shape, axes, strict=True) if letter in "HW"]


def _few(box: spaces.Box) -> int:
    """The upper bound of whole numbers that cannot be brightness; 0 where they can."""
    high, low = float(np.max(box.high)), float(np.min(box.low))
    return int(high) if box.dtype.kind in "ui" and low >= 0 and 0 < high < FEW_IDS else 0


def _not_bytes(box: spaces.Box) -> str:
    """Why numbers that are no bytes may be a picture all the same."""
    if len(box.shape) < 3 and min(box.shape) < PICTURE_SIDE:
        return ""
    axes, _ = _axes(box.shape)
    if box.dtype.kind in "ui":
        return f"whole numbers of the shape {box.shape} may be planes or ids"
    if min(_sides(box.shape, axes)) >= PICTURE_SIDE:
        return f"floats of the shape {box.shape} may be a picture or a depth"
    return ""


def _axes(shape: tuple[int, ...]) -> tuple[str, bool]:
    """One letter per axis, and whether it can hardly be otherwise."""
    if len(shape) == 2:
        return "HW", True
    first, sure = _three(shape) if len(shape) == 3 else _more(shape)
    letters = ["S"] * len(shape)
    letters[first : first + 2] = "HW"
    if len(shape) == 3:
        letters[2 if first == 0 else 0] = "C"
    elif first + 2 < len(shape) or shape[first - 1] in COLOURS:
        letters[first + 2 if first + 2 < len(shape) else first - 1] = "C"
    return "".join(letters), sure


def _three(shape: tuple[int, ...]) -> tuple[int, bool]:
    """The first spatial axis of three: neighbours of one length, else of the closest length."""
    a, b, c = shape
    if a == b:
        return 0, a != c
    if b == c:
        return 1, True
    if (a in COLOURS) != (c in COLOURS):
        return (1, True) if a in COLOURS else (0, True)
    near_first, near_last = max(a, b) / min(a, b), max(b, c) / min(b, c)
    if c < 0.25 * min(a, b) or a < 0.25 * min(b, c):
        return (0, True) if c < a else (1, True)
    return (0, False) if near_first <= near_last else (1, False)


def _more(shape: tuple[int, ...]) -> tuple[int, bool]:
    """The first spatial axis of four or more: the neighbours with the most elements."""
    sizes = [x * y for x, y in pairwise(shape)]
    first = max(range(len(sizes)), key=sizes.__getitem__)
    rest = max(size for at, size in enumerate(sizes) if at != first)
    return first, shape[first] == shape[first + 1] or sizes[first] > 2 * rest
