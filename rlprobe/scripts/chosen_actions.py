"""Which actions a script chooses at the queried observations, by those that it took there last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP

CLEAR_FROM_STDS = 3.0
"""Standard deviations by which the most frequent action must exceed chance to be taken for the chosen one."""


def answers(mdp: MDP, latest: list[Any], greedy: list[int | None], copies: int) -> NDArray[Any]:
    """Its actions, ``copies`` for each queried observation.

    Args:
        mdp: the probe.
        latest: the latest actions at each queried observation, as the probe takes them.
        greedy: the action with the largest value at each, counted from 0, if there are values of actions.
        copies: how often each observation is queried.
    """
    space = mdp.action_space
    if isinstance(space, Box):
        centre = np.asarray((space.low + space.high) / 2, np.float64)
        means = [np.mean(row, axis=0) if row else centre for row in latest]
        return np.repeat(np.array(means, np.float32).reshape(len(latest), *space.shape), copies, axis=0)
    first = int(getattr(space, "start", 0) or 0)
    picked = [
        _picked([int(a[0]) - first for a in row], best, len(mdp.actions), copies) + first
        for row, best in zip(latest, greedy, strict=True)
    ]
    return np.concatenate(picked).astype(np.int64)


def _picked(actions: list[int], best: int | None, count: int, copies: int) -> NDArray[np.int64]:
    """``copies`` answers: the action that was plainly chosen.

    Else the one that has the largest value, if there are values of actions: the script still explores.
    Else the actions in their proportions.
    """
    if not actions:
        return np.arange(copies) % count if best is None else np.full(copies, best % count)
    times = np.bincount(actions, minlength=count)[:count]
    chance, total = 1.0 / count, times.sum()
    if count == 1 or times.max() - chance * total > CLEAR_FROM_STDS * np.sqrt(total * chance * (1 - chance)):
        return np.full(copies, times.argmax())
    if best is not None:
        return np.full(copies, best % count)
    shares = np.cumsum(times) / total
    return np.searchsorted(shares, (np.arange(copies) + 0.5) / copies)
