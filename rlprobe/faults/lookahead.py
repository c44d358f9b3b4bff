"""Exact action values for targets that do not use the maximum over the next actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probe_envs import tabulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP

MOST_SWEEPS = 2_000


@dataclass(frozen=True, eq=False)
class NextStates:
    """What a target can use for the value of the next states.

    Args:
        mdp: the MDP.
        Q: ``(S + 1, A)`` the current action values; the last row is that of the end, and zero.
        source, target: ``(M,)`` indices of the state before and after each outcome of a step.
        action: ``(M,)`` number of the action taken.
        first_actions: ``(S, ...)`` the actions of the policy before learning; None if unknown.
    """

    mdp: MDP
    Q: NDArray[np.float64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    action: NDArray[np.int64]
    first_actions: NDArray[np.float64] | None = None


Lookahead = Callable[[NextStates], "NDArray[np.float64]"]
"""The value of each next state, ``(M,)``; the value of the end is always 0."""


def values_looking_ahead(
    mdp: MDP, gamma: float, lookahead: Lookahead, first_actions: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """``(S,)`` the largest action value of each state, if ``lookahead`` gives the values of next states.

    >>> from probe_envs import probe
    >>> best = lambda next_states: next_states.Q.max(axis=1)[next_states.target]
    >>> values_looking_ahead(probe("MaxNotMean").mdp(), 0.9, best)
    array([1.2, 1. ])
    """
    table = tabulate(mdp)
    S, A = table.shape
    Q = np.zeros((S + 1, A))
    for _ in range(MOST_SWEEPS):
        ahead = lookahead(NextStates(mdp, Q, table.source, table.target, table.action, first_actions))
        target = table.reward + gamma * np.where(table.target == table.end, 0.0, ahead)
        new = np.zeros_like(Q)
        np.add.at(new, (table.source, table.action), table.chance * target)
        if abs(new - Q).max() < 1e-12:
            break
        Q = new
    return np.asarray(Q[:S].max(axis=1))
