"""Wrappers that scramble pictures, or make things of different colours look the same."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.pictures import COLOURS, PICTURE_SIDE
from rlprobe.inspection.flag import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from rlprobe.inspection.playing.layer_play import Layer

    Colour = tuple[int, ...]

LEAST_PICTURES: Final = 3
"""So many pictures have to show it."""
MOST_COLOURS: Final = 256
"""Pictures with more colours than this are photographs, where some colours always share a grey."""
FAR_COLOUR, SAME_GREY, LEAST_PIXELS = 64, 2, 4
"""Two colours differ if a channel does by so much; greys are the same if they differ by no more than this;
each colour has to fill so many pixels of a picture, on average."""
USUAL: Final = np.array([[0.299, 0.587, 0.114], [0.2126, 0.7152, 0.0722]])
"""How bright red, green and blue are (ITU-R BT.601 and BT.709)."""
NEAR_WEIGHT: Final = 0.03
SCRAMBLED, TURNED = "scrambled", "turned"


class WrappedPictures:
    """What wrappers make of the pictures of those beneath."""

    def __init__(self) -> None:
        self._moves: Counter[tuple[str, str, tuple[int, ...], tuple[int, ...]]] = Counter()
        self._greys: dict[str, _Greys] = {}
        self._outermost: tuple[str, tuple[int, ...]] | None = None

    def look(self, layers: list[Layer]) -> None:
        """Look at the latest pictures."""
        for outer, inner in pairwise(layers):
            made, given = outer.observation, inner.observation
            if not (_is_array(made) and _is_array(given)):
                continue
            if move := moved(given, made):
                self._moves[outer.name, move, given.shape, made.shape] += 1
            self._greys.setdefault(outer.name, _Greys()).look(given, made)
        latest = layers[0].observation
        if _is_array(latest) and latest.dtype == np.uint8:
            self._outermost = layers[0].name, latest.shape

    @property
    def flags(self) -> list[Flag]:
        """What is wrong."""
        if self._outermost and _has_channels_in_the_middle(shape := self._outermost[1]):
            sentence = f"The picture has the shape {shape}: its channels lie between height and width."
            found = [Flag("picture-axes", "harmful", sentence)]
        else:
            often = [move for move, count in self._moves.items() if count >= LEAST_PICTURES]
            found = [Flag("picture-axes", *_said_of_move(*move)) for move in often]
        for name, greys in self._greys.items():
            if said := greys.said:
                found.append(Flag("colours-become-one", "look", f"{name}: {said}."))
        return found


def _is_array(thing: Any) -> bool:
    return isinstance(thing, np.ndarray) and thing.ndim >= 2 and thing.dtype.kind in "uif"


def _said_of_move(name: str, move: str, given: tuple[int, ...], made: tuple[int, ...]) -> Any:
    if move == TURNED:
        sentence = f"{name} swaps height and width of the picture: {given} becomes {made}."
        return "look", sentence
    sentence = (
        f"{name} makes {made} of {given} by a reshape, which leaves all numbers in their order: "
        "neighbours in the result are no neighbours in the picture."
    )
    return "harmful", sentence


def _has_channels_in_the_middle(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[1] in COLOURS and min(shape[0], shape[2]) >= PICTURE_SIDE


def moved(given: NDArray[Any], made: NDArray[Any]) -> str:
    """What the axes of a picture became: ``"scrambled"``, ``"turned"``, or nothing bad.

    >>> picture = np.arange(16 * 18 * 3).reshape(16, 18, 3)
    >>> moved(picture, picture.reshape(3, 16, 18)), moved(picture, picture.transpose(2, 1, 0))
    ('scrambled', 'turned')
    >>> moved(picture, picture.transpose(2, 0, 1)), moved(picture, picture.reshape(-1))
    ('', '')
    """
    if given.size != made.size:
        return ""
    a, b = _scaled(np.squeeze(given)), _scaled(np.squeeze(made))
    if min(a.ndim, b.ndim) < 2 or max(a.ndim, b.ndim) > 4 or (a.shape == b.shape and np.array_equal(a, b)):
        return ""
    height, width = _sides(a.shape)
    ways = permutations(range(a.ndim)) if a.ndim == b.ndim else ()
    same = [way for way in ways if _equal(a.transpose(way), b)]
    if same:
        return "" if any(way.index(height) < way.index(width) for way in same) else TURNED
    if b.ndim < 3 or not np.allclose(a.reshape(-1), b.reshape(-1), atol=1e-6):
        return ""
    kept = set(zip(b.shape, _strides(b.shape), strict=True))
    strides = _strides(a.shape)
    return "" if {(a.shape[axis], strides[axis]) for axis in (height, width)} <= kept else SCRAMBLED


def _scaled(picture: NDArray[Any]) -> NDArray[np.float64]:
    """A picture whose largest number is 1, as a division by 255 changes no axes."""
    most = float(np.max(np.abs(picture)))
    return picture / most if most else picture.astype(float)


def _equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and np.allclose(a, b, atol=1e-6)


def _sides(shape: tuple[int, ...]) -> tuple[int, int]:
    """The axes of height and width: the neighbours with the most elements."""
    first = max(range(len(shape) - 1), key=lambda axis: shape[axis] * shape[axis + 1])
    return first, first + 1


def _strides(shape: tuple[int, ...]) -> list[int]:
    """How far apart neighbours along each axis are, where rows follow each other."""
    return [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]


class _Greys:
    """The grey that a wrapper gives to each colour."""

    def __init__(self) -> None:
        self.of: dict[Colour, float] = {}
        self.pixels: Counter[Colour] = Counter()
        self.pictures = 0
        self.useless = False

    def look(self, given: NDArray[Any], made: NDArray[Any]) -> None:
        """Look at a picture in colours, and at what became of it."""
        grey = np.squeeze(made)
        if self.useless or given.dtype != np.uint8 or given.ndim != 3 or grey.ndim != 2:
            return
        colours = given if given.shape[2] == 3 else given.transpose(1, 2, 0)
        if colours.shape != (*grey.shape, 3):
            return
        most = 255.0 if grey.dtype == np.uint8 else float(grey.max()) or 1.0
        pairs = np.column_stack([colours.reshape(-1, 3), grey.reshape(-1) * (255.0 / most)])
        rows, counts = np.unique(pairs, axis=0, return_counts=True)
        self.pictures += 1
        for row, count in zip(rows, counts, strict=True):
            colour = tuple(int(one) for one in row[:3])
            self.pixels[colour] += int(count)
            self.useless |= abs(self.of.setdefault(colour, float(row[3])) - float(row[3])) > SAME_GREY
        self.useless |= len(self.of) > MOST_COLOURS

    @property
    def said(self) -> str:
        """Which colours became one, and by which weights; empty if none did."""
        if self.useless or self.pictures < LEAST_PICTURES:
            return ""
        pairs = [pair for pair in _pairs(self.of) if self._fills(pair) and self._become_one(*pair)]
        if not pairs:
            return ""
        one, other = max(pairs, key=lambda pair: min(self.pixels[colour] for colour in pair))
        return f"the colours {one} and {other} become the same grey{self._weights()}"

    def _fills(self, pair: tuple[Colour, Colour]) -> bool:
        return all(self.pixels[colour] >= LEAST_PIXELS * self.pictures for colour in pair)

    def _become_one(self, one: Colour, other: Colour) -> bool:
        far = max(abs(a - b) for a, b in zip(one, other, strict=True)) >= FAR_COLOUR
        return far and abs(self.of[one] - self.of[other]) <= SAME_GREY

    def _weights(self) -> str:
        """The weights of the channels, if they are not those of a grey picture."""
        colours, greys = np.array([*self.of], float), np.array([*self.of.values()])
        weights, _, rank, _ = np.linalg.lstsq(colours, greys, rcond=None)
        if rank < 3 or np.abs(colours @ weights - greys).max() > SAME_GREY:
            return ""
        if np.abs(weights - USUAL).max(axis=1).min() < NEAR_WEIGHT:
            return ""
        said = ", ".join(f"{one + 0.0:.1f}" for one in weights.round(1))
        return f" (red, green and blue are weighed {said}; usual are 0.3, 0.6, 0.1)"


def _pairs(colours: Iterable[Colour]) -> list[tuple[Colour, Colour]]:
    known = list(colours)
    return [(one, other) for i, one in enumerate(known) for other in known[:i]]
