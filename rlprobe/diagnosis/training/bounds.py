"""Continuous actions beyond the bounds: they act as the bound, as in most environments of Gymnasium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorEnv, VectorWrapper

if TYPE_CHECKING:
    from collections.abc import Callable


def within(action: Any, space: gym.Space[Any]) -> Any:
    """A continuous action, or a batch of them, moved to the bounds where it lies outside.

    Everything that is no array of numbers of the right shape is returned as it is.

    >>> within(np.array([1.5, 0.25]), Box(-1.0, 1.0, (2,)))
    array([1.  , 0.25])
    """
    array = isinstance(action, np.ndarray) and action.dtype.kind == "f" and action.shape == space.shape
    if not array or not isinstance(space, Box):
        return action
    return np.clip(action, space.low, space.high)


class Bounded(gym.Wrapper[Any, Any, Any, Any]):
    """Moves the actions of an agent to the bounds, and says in how many steps that was needed.

    Args:
        env: the environment.
        beyond: called with the number of steps.
    """

    def __init__(self, env: gym.Env[Any, Any], beyond: Callable[[int], None]) -> None:
        super().__init__(env)
        self._beyond = beyond

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment."""
        inside = within(action, self.action_space)
        if inside is not action and (inside != action).any():
            self._beyond(1)
        return self.env.step(inside)


class BoundedVector(VectorWrapper):
    """The same for a vector environment."""

    def __init__(self, env: VectorEnv[Any, Any, Any], beyond: Callable[[int], None]) -> None:
        super().__init__(env)
        self._beyond = beyond

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step the environments."""
        inside = within(actions, self.action_space)
        if inside is not actions:
            self._beyond(int((inside != actions).reshape(self.num_envs, -1).any(axis=1).sum()))
        return self.env.step(inside)
