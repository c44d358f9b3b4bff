"""Action values where the next state is valued by something else than its best action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probe_envs import tabulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP

SWEEPS = 2_000


@dataclass(frozen=True, eq=False)
class NextStates:
    """What a target can look at when it values next states.

    Args:
        mdp: the process.
        Q: ``(S + 1, A)`` the action values so far; the last row is that of the end, and zero.
        source, target: ``(M,)`` numbers of the state before and after each outcome of a step.
        first_actions: ``(S, ...)`` what the policy did before learning, where that is known.
    """

    mdp: MDP
    Q: NDArray[np.float64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    first_actions: NDArray[np.float64] | None = None


Lookahead = Callable[[NextStates], "NDArray[np.float64]"]
"""The value of each next state, ``(M,)``; the end is worth 0 whatever is returned."""


def values_looking_ahead(
    mdp: MDP, gamma: float, lookahead: Lookahead, first_actions: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """``(S,)`` the largest action value of each state, where targets value next states by ``lookahead``.

    >>> from probe_envs import probe
    >>> best = lambda next_states: next_states.Q.max(axis=1)[next_states.target]
    >>> values_looking_ahead(probe("MaxNotMean").mdp(), 0.9, best)
    array([1.2, 1. ])
    """
    table = tabulate(mdp)
    S, A = table.shape
    Q = np.zeros((S + 1, A))
    for _ in range(SWEEPS):
        ahead = lookahead(NextStates(mdp, Q, table.source, table.target, first_actions))
        target = table.reward + gamma * np.where(table.target == table.end, 0.0, ahead)
        new = np.zeros_like(Q)
        np.add.at(new, (table.source, table.action), table.chance * target)
        if abs(new - Q).max() < 1e-12:
            break
        Q = new
    return np.asarray(Q[:S].max(axis=1))
