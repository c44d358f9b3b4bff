"""What is done when no key is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.environments.names import family_of

if TYPE_CHECKING:
    import gymnasium as gym

IDLE = {"MountainCar": 1, "Acrobot": 1, "LunarLander": 0, "CarRacing": 0}
"""Actions that do nothing in Gymnasium's own environments, which do not name them."""


def noop_for(env: gym.Env[Any, Any]) -> Any:
    """The environment's own idle action where it names one, else zero clipped into the bounds.

    An environment names it as ``get_action_meanings()`` with a ``"NOOP"``, or as an attribute ``noop``.

    >>> import gymnasium as gym
    >>> noop_for(gym.make("MountainCar-v0")), noop_for(gym.make("Pendulum-v1"))
    (1, array([0.], dtype=float32))
    """
    bare: Any = env.unwrapped
    space = env.action_space
    own = getattr(bare, "noop", None)
    if own is not None and space.contains(own):
        return own
    if isinstance(space, spaces.Discrete):
        meanings: list[str] = getattr(bare, "get_action_meanings", list)()
        if "NOOP" in meanings and space.contains(index := meanings.index("NOOP")):
            return index
        name = family_of(env)
        if name in IDLE and space.contains(IDLE[name]):
            return IDLE[name]
    return zero(space)


def zero(space: spaces.Space[Any]) -> Any:
    """Zero, clipped into the bounds of ``space``.

    Raises:
        ValueError: actions of this space cannot be chosen with keys.
    """
    if isinstance(space, spaces.Discrete):
        return int(np.clip(0, space.start, space.start + space.n - 1))
    if isinstance(space, spaces.Box):
        return np.clip(np.zeros(space.shape), space.low, space.high).astype(space.dtype)
    if isinstance(space, spaces.MultiBinary):
        return np.zeros(space.shape, space.dtype)
    if isinstance(space, spaces.MultiDiscrete):
        return np.asarray(space.start, space.dtype).copy()
    if isinstance(space, spaces.Dict):
        return {key: zero(part) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(zero(part) for part in space.spaces)
    raise ValueError(f"cannot play actions of the space {space} with keys")
