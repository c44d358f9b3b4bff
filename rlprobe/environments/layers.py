"""The wrappers around an environment, their frame skips and time limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
from gymnasium.vector import VectorEnv

if TYPE_CHECKING:
    from collections.abc import Iterator

SKIP_OF: Final = {
    "FrameSkip": ("skip", "_skip", "frame_skip", "_frame_skip"),
    "SkipFrame": ("skip", "_skip"),
    "ActionRepeat": ("repeat", "_repeat", "action_repeat", "_action_repeat"),
    "MaxAndSkipObservation": ("_skip",),
    "MaxAndSkipEnv": ("_skip",),
    "AtariPreprocessing": ("frame_skip",),
}
"""Wrappers that repeat each action, ours and other libraries', with the attributes that may hold how often.

Stable-Baselines3's ``AtariWrapper`` is not among them: it puts a ``MaxAndSkipEnv`` around the environment,
which is found by itself.
"""


def layers(env: Any) -> Iterator[Any]:
    """``env`` and every environment beneath it, outermost first; of a vector environment, the first one."""
    while env is not None:
        yield env
        env = next(filter(_is_environment, _beneath(env)), None)


def _beneath(env: Any) -> Iterator[Any]:
    own = getattr(env, "__dict__", {})
    yield own.get("env")
    yield own.get("venv")
    inner = own.get("envs")
    yield inner[0] if isinstance(inner, (list, tuple)) and inner else None


def _is_environment(thing: Any) -> bool:
    """Whether this is an environment of Gymnasium, or a ``VecEnv`` of Stable-Baselines3."""
    return isinstance(thing, (gym.Env, VectorEnv)) or hasattr(thing, "step_async")


def own_skip(layer: Any) -> int | tuple[int, int]:
    """How often this wrapper repeats each action: 1 if it does not; a pair if the number is random.

    >>> import gymnasium as gym
    >>> own_skip(gym.wrappers.MaxAndSkipObservation(gym.make("CartPole-v1"), 3))
    3
    """
    own = vars(layer)
    for name in SKIP_OF.get(type(layer).__name__, ()):
        value = own.get(name)
        if isinstance(value, tuple) and len(value) == 2:
            return int(value[0]), int(value[1])
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return 1


def mean_skip(env: Any) -> int | float:
    """Steps of the bare environment per action of ``env``: the product of all skips, means of drawn ones."""
    return math.prod(_mean(own_skip(layer)) for layer in layers(env))


def _mean(skip: int | tuple[int, int]) -> int | float:
    if isinstance(skip, int):
        return skip
    total = sum(skip)
    return total // 2 if total % 2 == 0 else total / 2


def time_limits(env: Any) -> list[tuple[int, int | float]]:
    """Each ``TimeLimit`` of the stack, outermost first: its limit, and how many steps one of its steps is."""
    stack = list(layers(env))
    return [
        (int(limit), math.prod(_mean(own_skip(under)) for under in stack[depth:]))
        for depth, layer in enumerate(stack)
        if type(layer).__name__ == "TimeLimit"
        and (limit := vars(layer).get("_max_episode_steps")) is not None
    ]


def step_accounting(env: Any) -> str:
    """How many steps an action lasts, and how many steps and actions each time limit allows.

    A time limit beneath a frame skip counts steps of the environment; one above it counts actions.

    >>> import gymnasium as gym
    >>> from rlprobe import FrameSkip
    >>> print(step_accounting(gym.wrappers.TimeLimit(FrameSkip(gym.make("CartPole-v1"), 4), 300)))
    each action lasts 4 steps of the environment
    TimeLimit(300) counts actions of 4 steps: 1200 steps of the environment, 300 actions
    TimeLimit(500) counts actions of 1 steps: 500 steps of the environment, 125 actions
    """
    total = mean_skip(env)
    lines = [f"each action lasts {total:g} steps of the environment"]
    for limit, each in time_limits(env):
        steps = limit * each
        lines.append(
            f"TimeLimit({limit}) counts actions of {each:g} steps: {steps:g} steps of the environment, "
            f"{math.ceil(steps / total)} actions"
        )
    return "\n".join(lines)
