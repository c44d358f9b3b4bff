"""Exact solutions of MDPs: optimal values, and values of a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probe_envs.mdp import MDP, MDPError, State, is_finite
from probe_envs.table import Table, tabulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


TIE = 1e-9
MOST_SWEEPS = 20_000


@dataclass(frozen=True, eq=False)
class Solution:
    """Exact values of an MDP for one discount.

    Args:
        table: the MDP as a table.
        gamma: the discount.
        V: ``(S,)`` value of each state.
        Q: ``(S, A)`` value of each action in each state.
    """

    table: Table
    gamma: float
    V: NDArray[np.float64]
    Q: NDArray[np.float64]

    def value(self, state: State) -> float:
        """The value of ``state``."""
        return float(self.V[self.table.number(state)])

    def q_value(self, state: State, action: int) -> float:
        """The value of the action with number ``action`` in ``state``."""
        return float(self.Q[self.table.number(state), action])

    @property
    def optimal(self) -> NDArray[np.bool_]:
        """``(S, A)``: which actions are optimal in each state; true for all ties."""
        best = self.Q.max(axis=1, keepdims=True)
        return np.asarray(best - TIE * np.maximum(1.0, abs(best)) <= self.Q)

    @property
    def start_value(self) -> float:
        """The expected return of an episode, ``sum_s p(s) V(s)``."""
        return float(self.table.start @ self.V)


def backup(table: Table, V: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    """One Bellman backup, ``Q(s, a) = sum p(s', r | s, a) (r + gamma V(s'))``; ``V(END) = 0``.

    Args:
        table: the process, written out.
        V: ``(S,)`` value of each state.
        gamma: the discount.

    Returns:
        ``(S, A)`` action values. Source: Sutton and Barto (2018), equation 4.2.
    """
    S, A = table.shape
    target = table.reward + gamma * np.append(V, 0.0)[table.target]
    total = np.bincount(table.source * A + table.action, table.chance * target, S * A)
    return np.asarray(total, dtype=np.float64).reshape(S, A)


def solve(mdp: MDP | Table, gamma: float, *, temperature: float = 0.0) -> Solution:
    """The optimal values, to machine precision.

    Args:
        mdp: the process.
        gamma: the discount, in [0, 1]; at 1 every state must be able to reach ``END``.
        temperature: 0 for the hard maximum; above 0 for the soft backup of maximum-entropy methods,
            ``V(s) = temperature * log sum_a exp(Q(s, a) / temperature)`` (Haarnoja et al., 2017).

    Raises:
        MDPError: the discount is outside [0, 1], or it is 1 and some part of the process never ends.

    >>> from probe_envs import probe
    >>> solve(probe("Decoder").mdp(), gamma=0.9).V.round(3)
    array([2.62, 1.8 , 2.  ])
    """
    table = _checked(mdp, gamma)
    if not is_finite(temperature) or temperature < 0:
        raise MDPError(f"temperature: expected a finite number of at least 0, got {temperature!r}")
    V = np.zeros(len(table.states))
    for _ in range(MOST_SWEEPS):
        Q = backup(table, V, gamma)
        new = _soft_maximum(Q, temperature) if temperature > 0 else Q.max(axis=1)
        change, scale = abs(new - V).max(), max(1.0, abs(new).max())
        V = new
        if change <= 1e-15 * scale:
            return Solution(table, gamma, V, backup(table, V, gamma))
    if gamma < 1.0 and temperature == 0.0:
        return _improve(table, gamma, V)
    raise MDPError(
        f"gamma = {gamma}: the values grow without bound or converge too slowly; use a smaller discount"
    )


def evaluate(mdp: MDP | Table, policy: ArrayLike | Callable[[State], ArrayLike], gamma: float) -> Solution:
    """The values of a given policy, by solving ``(I - gamma P) V = R`` exactly.

    Args:
        mdp: the process.
        policy: ``(S, A)`` action probabilities in each state, or a function from state to ``(A,)``.
        gamma: the discount, in [0, 1].

    Raises:
        MDPError: as ``solve``; or the policy has the wrong shape or is not a distribution.
    """
    table = _checked(mdp, gamma)
    S, A = table.shape
    chances = np.asarray([policy(s) for s in table.states] if callable(policy) else policy, dtype=float)
    proper = chances.shape == (S, A) and (chances >= 0).all() and (abs(chances.sum(axis=1) - 1) <= 1e-6).all()
    if not proper:
        raise MDPError(
            f"policy: expected distributions of shape {(S, A)}, got shape {chances.shape}: {chances}"
        )
    weight = table.chance * chances[table.source, table.action]
    P = np.zeros((S, S + 1))
    np.add.at(P, (table.source, table.target), weight)
    R = np.bincount(table.source, weight * table.reward, S)
    V = np.asarray(np.linalg.solve(np.eye(S) - gamma * P[:, :S], R), dtype=np.float64)
    return Solution(table, gamma, V, backup(table, V, gamma))


def _improve(table: Table, gamma: float, V: NDArray[np.float64]) -> Solution:
    """Policy iteration from the greedy policy of ``V``: exact where sweeps converge too slowly."""
    choice = backup(table, V, gamma).argmax(axis=1)
    while True:
        solution = evaluate(table, np.eye(table.shape[1])[choice], gamma)
        kept = np.take_along_axis(solution.Q, choice[:, None], axis=1)[:, 0]
        better = solution.Q.max(axis=1) > kept + TIE * np.maximum(1.0, abs(kept))
        if not better.any():
            return solution
        choice = np.where(better, solution.Q.argmax(axis=1), choice)


def _soft_maximum(Q: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    top = Q.max(axis=1)
    spread = np.exp((Q - top[:, None]) / temperature).sum(axis=1)
    return np.asarray(top + temperature * np.log(spread))


def _checked(mdp: MDP | Table, gamma: float) -> Table:
    if not is_finite(gamma) or not 0.0 <= gamma <= 1.0:
        raise MDPError(f"gamma: expected a discount in [0, 1], got {gamma!r}")
    table = mdp if isinstance(mdp, Table) else tabulate(mdp)
    if gamma == 1.0:
        _check_ends(table)
    return table


def _check_ends(table: Table) -> None:
    ends = np.zeros(len(table.states) + 1, dtype=bool)
    ends[table.end] = True
    while True:
        more = ends.copy()
        more[table.source[ends[table.target]]] = True
        if (more == ends).all():
            break
        ends = more
    if not ends.all():
        stuck = table.states[int(np.argmin(ends))]
        raise MDPError(
            f"gamma = 1: state {stuck!r} never reaches END, so its value has no bound; use gamma < 1"
        )
