"""Observations of probes: functions from a state to an array, and other encodings of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from probe_envs.mdp import MDPError

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from probe_envs.mdp import MDP, State

Look = Callable[[Any], "NDArray[Any]"]


def blank(state: State) -> NDArray[np.float32]:
    """A zero for every state; ``(1,)``.

    >>> blank("any")
    array([0.], dtype=float32)
    """
    del state
    return np.zeros(1, dtype=np.float32)


def scalar(state: Any) -> NDArray[np.float32]:
    """The state itself as a number; ``(1,)``.

    >>> scalar(-1)
    array([-1.], dtype=float32)
    """
    return np.array([state], dtype=np.float32)


def vector(state: Any) -> NDArray[np.float32]:
    """The state, a tuple of numbers, as an array; ``(len(state),)``.

    >>> vector((1, -2))
    array([ 1., -2.], dtype=float32)
    """
    return np.array(state, dtype=np.float32)


def one_hot(size: int) -> Look:
    """The integer state, one-hot encoded; ``(size,)``.

    >>> one_hot(3)(1)
    array([0., 1., 0.], dtype=float32)
    """
    rows = np.eye(size, dtype=np.float32)
    return lambda state: rows[state].copy()


def staircase(size: int) -> Look:
    """The integer state as ones up to its place; ``(size,)``; the later of two states is their maximum.

    >>> staircase(3)(1)
    array([1., 1., 0.], dtype=float32)
    """
    rows = np.tri(size, dtype=np.float32)
    return lambda state: rows[state].copy()


def affine(look: Look, *, scale: Any = 1.0, offset: Any = 0.0) -> Look:
    """``scale * observation + offset``, component by component.

    >>> affine(one_hot(2), scale=[1e3, 1e-3], offset=5.0)(0)
    array([1005.,    5.], dtype=float32)
    """
    factor, shift = np.asarray(scale, np.float64), np.asarray(offset, np.float64)
    return lambda state: (factor * look(state) + shift).astype(np.float32)


def box_around(views: NDArray[Any]) -> spaces.Box:
    """The space of all ``views``, ``(n, *shape)``: bytes, or floats as large as the largest one.

    Raises:
        MDPError: an observation is not finite.

    >>> box_around(np.array([[0.0, 3.0]]))
    Box(0.0, 3.0, (2,), float32)
    """
    if views.dtype == np.uint8:
        return spaces.Box(0, 255, views.shape[1:], np.uint8)
    if not np.isfinite(views).all():
        raise MDPError("observe: expected finite numbers in every state; got NaN or infinity")
    bound = max(1.0, float(abs(views).max()))
    return spaces.Box(0.0 if views.min() >= 0 else -bound, bound, views.shape[1:], np.float32)


def encode(mdp: MDP, encoding: str) -> MDP:
    """The same observations in another encoding, numbered in order of discovery.

    Args:
        mdp: the process; observations that are equal stay equal.
        encoding: ``"index"``: a ``Discrete`` number; ``"image"``: a uint8 picture ``(8, 12, 3)`` with a
            bright column; ``"dict"``: ``{"vector": the observation, "index": its number}``.

    Raises:
        ValueError: an unknown encoding.
    """
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding: expected one of {', '.join(ENCODINGS)}, got {encoding!r}")
    from probe_envs.table import tabulate

    states = tabulate(mdp).states
    looks = [*(mdp.observe(s) for s in states), *(mdp.end_view(s) for s in states)]
    looks = [plain(mdp, look, "encode") for look in looks]
    numbers: dict[bytes, int] = {}
    for look in looks:
        numbers.setdefault(look.tobytes(), len(numbers))
    space, draw = ENCODINGS[encoding](np.stack(looks), len(numbers))

    def coded(look: Callable[[State], Any]) -> Callable[[State], Any]:
        return lambda state: draw(np.asarray(look(state)), numbers[np.asarray(look(state)).tobytes()])

    return replace(mdp, observe=coded(mdp.observe), observe_end=coded(mdp.end_view), observation_space=space)


Encoded = tuple["gym.Space[Any]", Callable[["NDArray[Any]", int], Any]]


def _index(looks: NDArray[Any], count: int) -> Encoded:
    del looks
    return spaces.Discrete(count), lambda _, number: np.int64(number)


def _image(looks: NDArray[Any], count: int) -> Encoded:
    del looks
    width = max(12, count)

    def draw(_: NDArray[Any], number: int) -> NDArray[np.uint8]:
        picture = np.zeros((8, width, 3), dtype=np.uint8)
        picture[:, number] = (255, 200, 80)
        return picture

    return spaces.Box(0, 255, (8, width, 3), np.uint8), draw


def _dict(looks: NDArray[Any], count: int) -> Encoded:
    vector = box_around(looks.astype(np.float32))
    space = spaces.Dict({"vector": vector, "index": spaces.Discrete(count)})
    return space, lambda view, number: {"vector": view.astype(np.float32), "index": np.int64(number)}


ENCODINGS = {"index": _index, "image": _image, "dict": _dict}


def plain(mdp: MDP, view: Any, transform: str) -> NDArray[Any]:
    """``view`` as an array; ``MDPError`` if observations are encoded."""
    if mdp.observation_space is not None and not isinstance(mdp.observation_space, spaces.Box):
        raise MDPError(
            f"{transform}: expected observations that are arrays, got members of {mdp.observation_space}; "
            "encode last"
        )
    return np.asarray(view)
