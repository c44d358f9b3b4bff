"""What a script's own wrappers make of an observation and of rewards, without changing their statistics."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.scripts.inside.reading.frames import named_things

if TYPE_CHECKING:
    from collections.abc import Mapping


class HistoryError(ValueError):
    """A wrapper shows more than the latest observation; says which."""


class Wrapping:
    """The wrappers that a script has put around its environments.

    Args:
        names: the names of the script.
        envs: the stand-ins that were stepped.
    """

    def __init__(self, names: Mapping[str, Any], envs: list[Any]) -> None:
        found = [stack for _, thing in named_things(names) for stack in _stacks(thing, 0) if stack]
        own = [stack for stack in found if any(stack[-1].unwrapped is env for env in envs)]
        self.layers = max(own, key=len, default=[])[::-1]

    def shown(self, observation: Any) -> Any:
        """What the networks see where the environment shows ``observation``.

        Raises:
            HistoryError: that depends on earlier observations.
        """
        for layer in self.layers:
            if isinstance(layer, (gym.ObservationWrapper, gym.vector.VectorObservationWrapper)):
                observation = _observed(layer, observation)
            elif isinstance(layer, gym.Wrapper) and layer.observation_space != layer.env.observation_space:
                raise HistoryError(f"its wrapper {type(layer).__name__} shows more than the last observation")
        return observation

    @property
    def running(self) -> bool:
        """Whether what they show depends on running statistics."""
        return any(getattr(layer, "obs_rms", None) is not None for layer in self.layers)

    @property
    def reward_unit(self) -> float:
        """By what the wrappers divide rewards, as far as that is known."""
        unit = 1.0
        for layer in self.layers:
            found = getattr(layer, "return_rms", None)
            if found is not None:
                unit *= float(np.sqrt(np.mean(found.var) + 1e-8))
        return unit


def _stacks(thing: Any, depth: int) -> list[list[Any]]:
    """The layers of an environment, of the first one of a vector environment, the outermost first."""
    if depth > 40 or isinstance(thing, type):
        return []
    if isinstance(thing, (gym.Wrapper, gym.vector.VectorWrapper)):
        return [[thing, *below] for below in _stacks(thing.env, depth + 1)] or [[thing]]
    if isinstance(thing, gym.Env):
        return [[thing]]
    inner = getattr(thing, "envs", None)
    if isinstance(inner, (list, tuple)) and inner:
        return _stacks(inner[0], depth + 1)
    return _stacks(thing.venv, depth + 1) if hasattr(thing, "venv") else []


def _observed(layer: Any, observation: Any) -> Any:
    running = getattr(layer, "_update_running_mean", None)
    if running is not None:
        layer._update_running_mean = False  # noqa: SLF001 - what update_running_mean sets
    try:
        if isinstance(layer, gym.vector.VectorObservationWrapper):
            return layer.observations(np.asarray(observation)[None])[0]
        return copy.deepcopy(layer.observation(observation))  # it may reuse one array
    finally:
        if running is not None:
            layer._update_running_mean = running  # noqa: SLF001
