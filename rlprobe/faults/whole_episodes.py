"""Targets that depend on a whole episode: their means over all episodes that can happen.

Where a target is no discounted sum, such as a return that is standardised over its episode, no linear system
gives its mean. The probes have few different episodes, so all of them are listed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rlprobe.faults.episodes import across, mean_reward, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions

RAREST = 1e-4
"""Rarer episodes are left out."""
MOST_EPISODES = 3_000


class Episode(NamedTuple):
    """One course of an episode: its probability and its transitions in order."""

    probability: float
    transitions: tuple[int, ...]


def mean_targets(
    t: Transitions, targets: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """``(R,)`` the mean target of each transition; None if there are too many different episodes.

    Args:
        t: the transitions.
        targets: from the rewards of an episode, ``(n,)``, to the targets of its steps, ``(n,)``.
    """
    listed = episodes_of(t)
    if listed is None:
        return None
    total, often = np.zeros(len(t.observation)), np.zeros(len(t.observation))
    rewards = mean_reward(t)
    for probability, steps in listed:
        where = list(steps)
        np.add.at(total, where, probability * targets(rewards[where]))
        np.add.at(often, where, probability)
    return total / np.where(often > 0, often, 1.0)


def discounted(rewards: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    """The discounted sum of the rewards from each step on, ``(n,)``.

    >>> discounted(np.array([1.0, 0.0, 2.0]), 0.5)
    array([1.5, 1. , 2. ])
    """
    returns = np.array(rewards, dtype=float)
    for i in range(len(returns) - 2, -1, -1):
        returns[i] += gamma * returns[i + 1]
    return returns


@lru_cache(maxsize=200)
def episodes_of(t: Transitions) -> tuple[Episode, ...] | None:
    """All episodes that are not very rare, beginning as episodes begin in the long run."""
    stay, begins = within(t), t.weight @ across(t)
    open_ones = [Episode(p / begins.sum(), (i,)) for i, p in enumerate(begins) if p > 0]
    found = []
    while open_ones:
        probability, steps = open_ones.pop()
        onward = stay[steps[-1]]
        ends = 1.0 - onward.sum()
        if ends > RAREST:
            found.append(Episode(probability * ends, steps))
        open_ones += [
            Episode(probability * p, (*steps, int(i)))
            for i, p in zip(np.flatnonzero(onward), onward[onward > 0], strict=True)
            if probability * p > RAREST
        ]
        if len(found) + len(open_ones) > MOST_EPISODES:
            return None
    return tuple(found)
