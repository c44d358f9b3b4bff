"""The arguments of a frame skip, and what it does to rates and to wrappers that count steps."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from gymnasium import spaces

from rlprobe.wrappers.face import layers

if TYPE_CHECKING:
    from collections.abc import Mapping

Skip: TypeAlias = "int | tuple[int, int]"
Pool: TypeAlias = Literal["last", "max"]
PEERS = ("MaxAndSkipObservation", "MaxAndSkipEnv", "AtariPreprocessing", "AtariWrapper")


def check_skip(skip: Any) -> Skip:
    """``skip`` as an int, or as a pair ``(low, high)``.

    Raises:
        TypeError: no integer.
        ValueError: below 1, or ``low`` above ``high``.
    """
    if isinstance(skip, (tuple, list)) and len(skip) == 2:
        low, high = (_whole(part, skip) for part in skip)
        if low > high:
            raise ValueError(f"expected skip=(low, high) with low <= high, got {skip!r}")
        return low, high
    return _whole(skip, skip)


def _whole(value: Any, skip: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"expected skip as an integer or a pair of integers (low, high), got {skip!r}")
    if value < 1:
        raise ValueError(f"expected a skip of 1 or more, got {skip!r}")
    return int(value)


def check_pool(pool: Any, space: spaces.Space[Any]) -> Pool:
    """``pool`` if it is known and possible with observations of ``space``.

    Raises:
        ValueError: unknown, or a maximum of something else than an array of numbers.
    """
    if pool not in ("last", "max"):
        raise ValueError(f"expected pool='last' or 'max', got {pool!r}")
    if pool == "max" and not isinstance(space, spaces.Box):
        raise ValueError(f"expected array observations (Box) for pool='max', got {space}: use pool='last'")
    checked: Pool = pool
    return checked


def skip_metadata(metadata: Mapping[str, Any], skip: Skip) -> tuple[dict[str, Any], float | None]:
    """A copy of ``metadata`` with ``render_fps`` divided by the (mean) skip, and that rate or None."""
    ours = dict(metadata)
    fps = ours.get("render_fps")
    if fps is None:
        return ours, None
    mean = skip if isinstance(skip, int) else (skip[0] + skip[1]) / 2
    ours["render_fps"] = fps / mean
    return ours, float(fps) / mean


def warn_nesting(wrapper: Any, env: Any) -> None:
    """Warn where skips multiply or a time limit counts other steps than it seems to."""
    skip = wrapper.skip
    for layer in layers(env):
        name = type(layer).__name__
        if name in (type(wrapper).__name__, *PEERS):
            _warn_skip_in_skip(wrapper, layer, name)
            return
    built_in = getattr(getattr(env, "unwrapped", None), "_frameskip", 1)
    if built_in not in (1, (1, 1)):
        warnings.warn(
            f"{type(wrapper).__name__}: the environment itself repeats each action {built_in} times, so a "
            "skip of "
            f"{skip} makes {_times(skip, built_in)} frames: make it with frameskip=1 or leave this off",
            stacklevel=4,
        )


def _warn_skip_in_skip(wrapper: Any, layer: Any, name: str) -> None:
    inner = own_skip(layer)
    warnings.warn(
        f"{type(wrapper).__name__} around {name}: skips multiply, each action lasts "
        f"{_times(wrapper.skip, inner)} steps of the environment ({wrapper.skip} x {inner}). Use one of them",
        stacklevel=5,
    )


def own_skip(layer: Any) -> Any:
    """The skip that this one layer makes, ours or a peer's; 1 if it makes none."""
    if type(layer).__name__ not in ("FrameSkip", *PEERS):
        return 1
    own = vars(layer)
    return own.get("skip", own.get("_skip", own.get("frame_skip", 4)))


def step_accounting(env: Any) -> str:
    """How many steps an action lasts, and what each time limit of the stack means in them.

    A time limit beneath a skip counts steps of the environment, one above it counts actions.

    >>> import gymnasium as gym
    >>> from rlprobe import FrameSkip
    >>> print(step_accounting(gym.wrappers.TimeLimit(FrameSkip(gym.make("CartPole-v1"), 4), 300)))
    each action lasts 4 steps of the environment
    TimeLimit(300) counts actions of 4 steps: 1200 steps of the environment, 300 actions
    TimeLimit(500) counts actions of 1 steps: 500 steps of the environment, 125 actions
    """
    stack = list(layers(env))
    skips = [own_skip(layer) for layer in stack]
    if not all(isinstance(skip, int) for skip in skips):
        skips = [skip if isinstance(skip, int) else sum(skip) / 2 for skip in skips]
    total = math.prod(skips)
    lines = [f"each action lasts {total:g} steps of the environment"]
    for depth, layer in enumerate(stack):
        limit = vars(layer).get("_max_episode_steps")
        if type(layer).__name__ == "TimeLimit" and limit is not None:
            below = math.prod(skips[depth:])
            steps = limit * below
            lines.append(
                f"TimeLimit({limit}) counts actions of {below:g} steps: {steps:g} steps of the environment, "
                f"{math.ceil(steps / total)} actions"
            )
    return "\n".join(lines)


def _times(skip: Skip, inner: Any) -> str:
    if isinstance(skip, int) and isinstance(inner, int):
        return str(skip * inner)
    low, high = skip if isinstance(skip, tuple) else (skip, skip)
    first, last = inner if isinstance(inner, tuple) else (inner, inner)
    return f"{low * first} to {high * last}"
