"""Observations of probes: functions from a state to an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from probe_envs.mdp import MDPError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.mdp import State

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
