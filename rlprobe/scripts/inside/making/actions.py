"""The actions of a script as a probe takes them; those of several discrete numbers too."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

MOST_COMBINATIONS = 36
"""Components are passed on to a probe as long as they have at most so many combinations."""


def sizes_in(space: spaces.Space[Any]) -> tuple[int, ...]:
    """How many values each component of a discrete action has, of those that a probe gets; else empty.

    >>> sizes_in(spaces.MultiDiscrete([3, 4, 5])), sizes_in(spaces.Discrete(4)), sizes_in(spaces.Box(0, 1))
    ((3, 4), (4,), ())
    """
    if isinstance(space, spaces.Discrete):
        return (int(space.n),)
    if isinstance(space, spaces.MultiDiscrete):
        every = [int(n) for n in np.ravel(space.nvec)]
    elif isinstance(space, spaces.MultiBinary):
        every = [2] * int(np.prod(space.shape))
    elif isinstance(space, spaces.Tuple) and all(isinstance(one, spaces.Discrete) for one in space.spaces):
        every = [int(one.n) for one in space.spaces]  # type: ignore[attr-defined]  # checked just now
    else:
        return ()
    kept = every[: int((np.cumprod(every) <= MOST_COMBINATIONS).sum())]
    return tuple(kept) if kept and min(kept) > 1 else tuple(kept[:1])


def actions_of(space: spaces.Space[Any]) -> int | None:
    """The number of discrete actions; None in a space of another kind."""
    return int(space.n) if isinstance(space, spaces.Discrete) else None


def width_of(space: spaces.Space[Any]) -> int | None:
    """How many numbers an action has; None for a single discrete one, and for a ``Tuple``."""
    return None if isinstance(space, spaces.Discrete) or not space.shape else int(np.prod(space.shape))


def is_taken(space: spaces.Space[Any], action: Any) -> bool:
    """Whether environments take an action, a member or not: of other types, or beyond the bounds of a Box."""
    if space.contains(action):
        return True
    array = np.asarray(action)
    if isinstance(space, spaces.Discrete):
        return array.size == 1 and space.contains(int(array.reshape(-1)[0]))
    if isinstance(space, spaces.MultiDiscrete | spaces.MultiBinary) and array.shape == space.shape:
        return bool(space.contains(array.astype(space.dtype)))
    return isinstance(space, spaces.Box) and array.size == int(np.prod(space.shape))


def passed_on(action: Any, space: spaces.Space[Any], own: Any, sizes: tuple[int, ...] = ()) -> Any:
    """An action in the action space ``own`` of a probe.

    Args:
        action: what the script does, in ``space``.
        space: the action space of its environment.
        own: that of the probe.
        sizes: how many values each component has, where the actions of the probe are their combinations, as
            in ``numpy.ravel_multi_index``; otherwise the first component alone is passed on.

    >>> passed_on(np.array([1, 2]), spaces.MultiDiscrete([3, 3]), spaces.Discrete(9), (3, 3))
    5
    >>> passed_on(np.array([1, 2]), spaces.MultiDiscrete([3, 3]), spaces.Discrete(3))
    1
    """
    if isinstance(own, spaces.Discrete):
        if int(own.n) == 1:
            return int(own.start)
        digits = _digits(space, action)
        number = np.ravel_multi_index(digits[: len(sizes)], sizes, mode="wrap") if sizes else digits[0]
        return int(own.start) + int(number) % int(own.n)
    if not isinstance(space, spaces.Box):
        return np.zeros(own.shape, own.dtype)
    share = (np.asarray(action, np.float64) - space.low) / (space.high - space.low)
    share = np.where(np.isfinite(share), share, 0.5).reshape(-1)[: int(np.prod(own.shape))]
    moved = own.low.reshape(-1) + np.clip(share, 0, 1) * (own.high - own.low).reshape(-1)
    return moved.reshape(own.shape).astype(own.dtype)


def _digits(space: spaces.Space[Any], action: Any) -> list[int]:
    """The numbers of an action, each counted from 0; a single 0 for a space of another kind."""
    if isinstance(space, spaces.Tuple):
        return [_digits(part, one)[0] for part, one in zip(space.spaces, action, strict=True)]
    if not isinstance(space, spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary):
        return [0]
    start = np.ravel(getattr(space, "start", 0))
    return [int(one) for one in np.asarray(action).reshape(-1) - start]
