"""What a critic converges to: the fixed point of its targets over the rows it learns from.

Everything a value learner does to a probe is held in one small Markov chain, whose members are the
*rows* of experience in the order in which they are stored, with for each pair of successive rows the
reward, the observation bootstrapped from, and whether bootstrapping and eligibility go on. A fault is
a change of these fields. The same linear system then gives the right values and, for every fault, the
exact wrong ones that it teaches, also under time limits, look-alike states and lambda-returns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.dynamics import Dynamics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP

UNBOUNDED = 1e6


@dataclass(frozen=True, kw_only=True)
class Learner:
    """How a critic forms its targets.

    Args:
        gamma: the discount.
        lam: lambda of its lambda-returns; 0 is one-step bootstrapping, 1 Monte-Carlo.
        loss: ``"squared"``, or ``"huber"`` with a threshold of 1.
    """

    gamma: float
    lam: float = 0.0
    loss: str = "squared"


@dataclass(frozen=True, eq=False)
class Rows:
    """The stored rows as a chain of pairs; pair ``k`` says that row ``after[k]`` follows row ``row[k]``.

    Args:
        learner: how targets are formed from the rows.
        seen: ``(R,)`` number of the observation that each row is about.
        weight: ``(R,)`` how often each row is stored (the stationary distribution).
        row, after: ``(K,)`` numbers of a row and of the row stored after it.
        chance: ``(K,)`` probability of ``after`` given ``row``.
        reward: ``(K,)``.
        boot: ``(K,)`` number of the observation bootstrapped from.
        mask: ``(K,)`` factor of the bootstrapped value: 0 after a termination.
        cut: ``(K,)`` factor of the eligibility carried over to the next row: 0 at an episode's end.
        terminated, truncated: ``(K,)`` the flags of ``row``.
        final: ``(K,)`` number of the true next observation.
        views: number of different observations.
        blind: whether all observations look the same to the critic.
        pooled: whether every prediction is fitted to the mean of all targets.
        negated: whether the critic moves away from its targets.
        frozen: whether the critic, or the values it bootstraps from, stay as they were at first.
    """

    learner: Learner
    seen: NDArray[np.int64]
    weight: NDArray[np.float64]
    row: NDArray[np.int64]
    after: NDArray[np.int64]
    chance: NDArray[np.float64]
    reward: NDArray[np.float64]
    boot: NDArray[np.int64]
    mask: NDArray[np.float64]
    cut: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final: NDArray[np.int64]
    views: int
    blind: bool = False
    pooled: bool = False
    negated: bool = False
    frozen: str = ""

    @property
    def ended(self) -> NDArray[np.bool_]:
        """``(K,)`` whether the episode ends with ``row``."""
        return self.terminated | self.truncated

    @property
    def pair_weight(self) -> NDArray[np.float64]:
        """``(K,)`` how often each pair is stored."""
        return np.asarray(self.weight[self.row] * self.chance)

    def change(self, **fields: Any) -> Rows:
        """The same rows with other fields."""
        return replace(self, **fields)


@dataclass(frozen=True, eq=False)
class Values:
    """What a critic converges to.

    Args:
        mean: ``(V,)`` value of each observation; infinite where it grows without bound.
        known: ``(V,)`` whether it is determined by what is learned, and not by the initial values.
        stable: whether fitting the targets again and again converges.
    """

    mean: NDArray[np.float64]
    known: NDArray[np.bool_]
    stable: bool = True


@dataclass(frozen=True, eq=False)
class Views:
    """The different observations of a probe, and which are shown while an episode runs.

    Args:
        observations: ``(V, ...)`` each different observation once.
        asked: numbers of those that belong to ordinary states.
        of_code: the number of the observation at each code of the dynamics.
    """

    observations: Any
    asked: NDArray[np.int64]
    of_code: NDArray[np.int64]


def views_of(dynamics: Dynamics) -> Views:
    """Number the different observations of a probe."""
    numbers: dict[bytes, int] = {}
    of_code = [numbers.setdefault(np.asarray(v).tobytes(), len(numbers)) for v in dynamics.views]
    ordinary = sorted(set(of_code[: dynamics.truncated_from]))
    first = [of_code.index(i) for i in range(len(numbers))]
    return Views(
        np.stack([np.asarray(dynamics.views[i]) for i in first]), np.array(ordinary), np.array(of_code)
    )


def rows_of(mdp: MDP, learner: Learner, *, reset_rows: bool = False) -> Rows:
    """The rows that a correct learner stores of a process whose actions do not matter.

    Args:
        mdp: the process; with several actions, all are taken equally often.
        learner: how targets are formed.
        reset_rows: whether the row between two episodes of a next-step vector environment is stored as
            if it were a step (reward 0, from the last observation to the first).
    """
    dynamics = Dynamics(mdp)
    of_code = views_of(dynamics).of_code
    steps, starts = _moves(dynamics)
    members = [(code, *move) for code, moves in steps.items() for move in moves]
    if reset_rows:
        ends = sorted({target for _, target, _, _ in members if target >= dynamics.truncated_from})
        members += [(end, first, 0.0, chance) for end in ends for first, chance in starts.items()]
    by_code: dict[int, list[int]] = {}
    for i, (code, *_) in enumerate(members):
        by_code.setdefault(code, []).append(i)
    row, after, chance = [], [], []
    for i, (_, target, _, _) in enumerate(members):
        running = target < dynamics.truncated_from or reset_rows
        for first, p in ({target: 1.0} if running else starts).items():
            for j in by_code[first]:
                row.append(i)
                after.append(j)
                chance.append(p * members[j][3])
    r = np.array(row)
    source, target = np.array([m[0] for m in members]), np.array([m[1] for m in members])
    terminated, truncated = target >= dynamics.both_from, (target >= dynamics.truncated_from) & (
        target < dynamics.terminated_from
    )
    P = np.zeros((len(members), len(members)))
    np.add.at(P, (r, np.array(after)), chance)
    return Rows(
        learner=learner,
        seen=of_code[source],
        weight=_stationary(P),
        row=r,
        after=np.array(after),
        chance=np.array(chance),
        reward=np.array([m[2] for m in members])[r],
        boot=of_code[target][r],
        mask=np.where(terminated, 0.0, 1.0)[r],
        cut=np.where(terminated | truncated, 0.0, 1.0)[r],
        terminated=terminated[r],
        truncated=truncated[r],
        final=of_code[target][r],
        views=int(of_code.max()) + 1,
    )


def fixed_point(rows: Rows, initial: float = 0.0) -> Values:
    """The values at which the targets of ``rows`` agree with the predictions.

    With advantages ``A_i = E[r + gamma mask v(boot) - v(seen_i) + gamma lambda cut A_after]``, the
    weighted mean of ``A`` over the rows about each observation is zero. Source: Sutton and Barto
    (2018), section 12.1, for rows that are aggregated by what they look like.

    Args:
        rows: the rows and how they are learned from.
        initial: the value that untrained observations and frozen networks have.
    """
    if rows.frozen == "critic":
        return Values(np.full(rows.views, initial), np.ones(rows.views, bool))
    low, high = (_solve(rows, initial + shift) for shift in (0.0, 1.0))
    trained = np.isin(np.arange(rows.views), rows.seen) | rows.blind | rows.pooled
    known = np.isclose(low.mean, high.mean, rtol=1e-6, atol=1e-6) | ~np.isfinite(low.mean)
    return Values(low.mean, known & trained, low.stable)


def _solve(rows: Rows, initial: float) -> Values:
    group = np.zeros(rows.views, int) if rows.blind else np.arange(rows.views)
    trained = np.unique(group[rows.seen])
    K, k = _advantage(rows, group)
    pool = np.zeros((rows.views, len(rows.seen)))
    pool[group[rows.seen], np.arange(len(rows.seen))] = rows.weight
    if rows.pooled:
        pool[:] = rows.weight
        K, k, trained, group = K.sum(axis=1, keepdims=True), k, np.array([0]), np.zeros(rows.views, int)
        pool = pool[:1]
    share = pool[trained] / pool[trained].sum(axis=1, keepdims=True)
    rest = np.setdiff1d(np.arange(K.shape[1]), trained)
    M = share @ K[:, trained]
    b = share @ (k + K[:, rest].sum(axis=1) * initial)
    v = np.full(K.shape[1], initial)
    v[trained] = _root(M, b)
    if rows.learner.loss == "huber" and rows.learner.lam == 0 and np.isfinite(v).all() and not rows.pooled:
        v = _huber(rows, group, trained, v)
    sign = -1.0 if rows.negated else 1.0
    stable = bool(abs(np.linalg.eigvals(np.eye(len(trained)) + sign * M)).max() < 1.0 + 1e-9)
    return Values(v[group], np.ones(rows.views, bool), stable)


def _advantage(rows: Rows, group: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``A = K v + k``: the advantages of all rows as a linear function of the values."""
    R, V, gamma = len(rows.seen), rows.views, rows.learner.gamma
    D, d, C = np.zeros((R, V)), np.zeros(R), np.zeros((R, R))
    boot = 0.0 if rows.frozen == "target" else 1.0
    np.add.at(d, rows.row, rows.chance * rows.reward)
    np.add.at(D, (rows.row, group[rows.boot]), boot * rows.chance * gamma * rows.mask)
    np.add.at(D, (np.arange(R), group[rows.seen]), -1.0)
    np.add.at(C, (rows.row, rows.after), rows.chance * gamma * rows.learner.lam * rows.cut)
    traces = np.eye(R) - C
    if abs(np.linalg.det(traces)) < 1e-12:
        return np.full((R, V), np.nan), np.full(R, np.nan)
    return np.linalg.solve(traces, D), np.linalg.solve(traces, d)


def _root(M: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    if not (np.isfinite(M).all() and np.isfinite(b).all()):
        return np.full(len(b), np.inf)
    if np.linalg.matrix_rank(M, tol=1e-9) < len(M):
        balanced = abs(b).max() < 1e-12
        return np.zeros(len(b)) if balanced else np.where(b >= -1e-12, np.inf, -np.inf)
    v = np.linalg.solve(M, -b)
    return np.where(abs(v) > UNBOUNDED, np.copysign(np.inf, v), v)


def _huber(
    rows: Rows, group: NDArray[np.int64], trained: NDArray[np.int64], v: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The fixed point of one-step targets when errors beyond 1 count no more than errors of 1."""
    gamma, boot = rows.learner.gamma, 0.0 if rows.frozen == "target" else 1.0
    about, weight = group[rows.seen[rows.row]], rows.pair_weight
    share = weight / np.bincount(about, weight, rows.views)[about]
    for _ in range(20_000):
        error = rows.reward + boot * gamma * rows.mask * v[group[rows.boot]] - v[about]
        move = np.bincount(about, share * np.clip(error, -1.0, 1.0), rows.views)
        v = v.copy()
        v[trained] += 0.5 * move[trained]
        if abs(move[trained]).max() < 1e-9:
            break
    return v


def _moves(
    dynamics: Dynamics,
) -> tuple[dict[int, list[tuple[int, float, float]]], dict[int, float]]:
    """From each ordinary code that occurs: ``(next code, reward, chance)``; and the start codes."""
    mdp, actions = dynamics.mdp, list(dynamics.mdp.actions)
    clock, table = dynamics.clock, dynamics.table
    starts = {int(s) * clock: float(table.start[s]) for s in np.flatnonzero(table.start)}
    moves: dict[int, list[tuple[int, float, float]]] = {}
    queue = list(starts)
    while queue:
        code = queue.pop(0)
        if code in moves or code >= dynamics.truncated_from:
            continue
        found: dict[tuple[int, float], float] = {}
        for action in actions:
            for (state, reward), chance in mdp.law(dynamics.state(code), action).items():
                key = dynamics.arrive(code, table.number(state)), reward
                found[key] = found.get(key, 0.0) + chance / len(actions)
        moves[code] = [(target, reward, p) for (target, reward), p in found.items() if p > 0]
        queue += [target for target, _, _ in moves[code]]
    return moves, starts


def _stationary(P: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean share of time in each row, from the first ones on; ``(R,)``."""
    A = np.vstack([P.T - np.eye(len(P)), np.ones(len(P))])
    return np.clip(np.linalg.lstsq(A, np.append(np.zeros(len(P)), 1.0), rcond=None)[0], 0.0, None)
