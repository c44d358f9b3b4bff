"""Map actions to columns of the table of outcomes, and check them."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from probe_envs.mdp import MDPError

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    from probe_envs.mdp import MDP


class ActionError(ValueError):
    """An action outside the action space; the message names the space and what came."""


class Actions:
    """The actions of an MDP: integers, or points of a ``Box``.

    Args:
        mdp: the MDP; its action space is ``Discrete(len(mdp.actions))`` unless given.

    Raises:
        MDPError: the action space is neither ``Discrete`` nor ``Box``, or does not fit ``mdp.actions``.

    >>> from probe_envs import probe
    >>> Actions(probe("ActionOrder").mdp(start=2)).column(4)
    2
    >>> Actions(probe("ActionOrder").mdp()).column(5)
    Traceback (most recent call last):
        ...
    probe_envs.actions.ActionError: action: expected an integer in Discrete(5), got 5 (int)
    """

    def __init__(self, mdp: MDP) -> None:
        count = len(mdp.actions)
        self.space: gym.Space[Any] = mdp.action_space or spaces.Discrete(count)
        self.cuts = mdp.cuts
        self.listed = isinstance(self.space, spaces.Discrete) or self.cuts is not None
        if isinstance(self.space, spaces.Discrete):
            if self.space.n != count:
                raise MDPError(
                    f"action_space: expected Discrete({count}) for {count} actions, got {self.space}"
                )
            self._start, self._count = int(self.space.start), int(self.space.n)
        elif isinstance(self.space, spaces.Box):
            self._low, self._high = self.space.low, self.space.high
            self._inner = float(self._low.max()), float(self._high.min())  # inside for every component
            self._bounds = list(zip(self._low.ravel().tolist(), self._high.ravel().tolist(), strict=True))
        else:
            raise MDPError(f"action_space: expected a Discrete or a Box, got {self.space}")

    def column(self, action: Any) -> int | None:
        """The column of ``action``; None in a continuous space that is not cut into intervals.

        Raises:
            ActionError: the action is outside the space, of the wrong shape or dtype, or NaN.
        """
        if isinstance(self.space, spaces.Discrete):
            if type(action) is int or (_is_number(action, "iu") and action.shape == ()):
                column = int(action) - self._start
                if 0 <= column < self._count:
                    return column
        elif _is_number(action, "f") and action.shape == self.space.shape:
            numbers = action.ravel().tolist()
            if all(low <= x <= high for x, (low, high) in zip(numbers, self._bounds, strict=True)):
                return None if self.cuts is None else bisect_right(self.cuts, numbers[0])
        raise ActionError(f"action: expected {self._wanted()}, got {action!r} ({_kind(action)})")

    def columns(self, actions: Any, num_envs: int) -> NDArray[np.int64] | None:
        """The column of each environment's action; None as in ``column``.

        Raises:
            ActionError: some action is outside the space; the message names the environment.
        """
        array = actions if type(actions) is np.ndarray else _as_array(actions)
        expected = (num_envs, *(self.space.shape or ()))
        if array.shape != expected:
            raise ActionError(
                f"actions: expected an array of shape {expected}, one of {self.space} for each of "
                f"{num_envs} environments, got shape {array.shape}"
            )
        if isinstance(self.space, spaces.Discrete):
            return self._numbers(array)
        if array.dtype.kind != "f":
            raise ActionError(f"actions: expected {self._wanted()} each, got dtype {array.dtype}")
        if not (
            np.minimum.reduce(array, None) >= self._inner[0]
            and np.maximum.reduce(array, None) <= self._inner[1]
        ):
            inside = ((array >= self._low) & (array <= self._high)).reshape(num_envs, -1).all(axis=1)
            if not inside.all():
                raise self._outside(array, int(np.argmin(inside)))
        if self.cuts is None:
            return None
        return np.searchsorted(np.array(self.cuts), array.reshape(num_envs), side="right")

    def _numbers(self, array: NDArray[Any]) -> NDArray[np.int64]:
        if array.dtype.kind not in "iu":
            raise ActionError(f"actions: expected {self._wanted()} each, got dtype {array.dtype}")
        columns = array.astype(np.int64, copy=False)
        if self._start:
            columns = columns - self._start
        numbers = columns.view(np.uint64)  # where a negative number is a huge one
        if np.maximum.reduce(numbers) >= self._count:
            raise self._outside(array, int(np.argmax(numbers >= self._count)))
        return columns

    def _outside(self, array: NDArray[Any], i: int) -> ActionError:
        return ActionError(f"actions[{i}]: expected {self._wanted()}, got {array[i]!r}")

    def _wanted(self) -> str:
        if isinstance(self.space, spaces.Discrete):
            return f"an integer in {self.space}"
        return f"an array of floats of shape {self.space.shape} in {self.space}"


def _is_number(action: Any, kinds: str) -> bool:
    return isinstance(action, (np.ndarray, np.generic)) and action.dtype.kind in kinds


def _kind(action: Any) -> str:
    if isinstance(action, np.ndarray):
        return f"array of {action.dtype}, shape {action.shape}"
    return type(action).__name__


def _as_array(actions: Any) -> NDArray[Any]:
    try:
        return np.asarray(actions)
    except (ValueError, TypeError) as error:
        raise ActionError(
            f"actions: expected one action per environment, all of one shape: {error}"
        ) from error
