"""Which column of the outcome table an action means, and the errors for those that mean none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray


class ActionError(ValueError):
    """An action outside the action space; the message names the space and what came."""


def check_action(space: gym.Space[Any], action: Any) -> int | None:
    """The column of ``action`` in a discrete space; None in a continuous one.

    Raises:
        ActionError: the action is outside the space, of the wrong shape or dtype, or NaN.

    >>> check_action(spaces.Discrete(3, start=2), 4)
    2
    >>> check_action(spaces.Discrete(3), 3)
    Traceback (most recent call last):
        ...
    probe_envs.actions.ActionError: action: expected a member of Discrete(3), got 3 (int)
    """
    if isinstance(space, spaces.Discrete):
        if type(action) is int or (isinstance(action, (np.integer, np.ndarray)) and _is_integer(action)):
            column = int(action) - int(space.start)
            if 0 <= column < space.n:
                return column
    elif space.contains(np.asarray(action, dtype=space.dtype) if _is_float(action) else action):
        return None
    raise ActionError(f"action: expected a member of {space}, got {action!r} ({type(action).__name__})")


def check_actions(space: gym.Space[Any], actions: Any, num_envs: int) -> NDArray[np.int64] | None:
    """The column of each environment's action; None in a continuous space.

    Raises:
        ActionError: some action is outside the space; the message names the environment.
    """
    array = np.asarray(actions)
    expected = (num_envs, *(space.shape or ()))
    if array.shape != expected:
        raise ActionError(f"actions: expected shape {expected} for {num_envs} x {space}, got {array.shape}")
    if not isinstance(space, spaces.Discrete):
        for i, action in enumerate(array):
            if not _is_float(action) or not space.contains(np.asarray(action, dtype=space.dtype)):
                raise ActionError(f"actions[{i}]: expected a member of {space}, got {action!r}")
        return None
    if array.dtype.kind not in "iu":
        raise ActionError(f"actions: expected integers for {space}, got dtype {array.dtype}")
    columns = array.astype(np.int64, copy=False)
    if space.start:
        columns = columns - space.start
    if columns.view(np.uint64).max() >= space.n:  # a negative number is a huge one here
        i = int(np.flatnonzero(columns.view(np.uint64) >= space.n)[0])
        raise ActionError(f"actions[{i}]: expected a member of {space}, got {array[i]!r}")
    return columns


def _is_integer(action: Any) -> bool:
    return bool(action.dtype.kind in "iu" and action.ndim == 0)


def _is_float(action: Any) -> bool:
    return np.asarray(action).dtype.kind == "f"
