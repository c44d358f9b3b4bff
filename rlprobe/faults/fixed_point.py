"""What a critic converges to: the values at which its targets agree with its predictions.

One linear system gives the right values and, for every fault, the exact wrong ones that it teaches,
also under time limits, look-alike states and lambda-returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Rows

UNBOUNDED = 1e6


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
    if rows.frozen == "adrift":
        return Values(np.full(rows.views, initial), np.zeros(rows.views, bool))
    low = _solve(rows, initial)
    trained = np.isin(np.arange(rows.views), rows.seen[rows.weight > 0]) | rows.blind | rows.pooled
    if trained.all() and not rows.frozen:
        return low
    high = _solve(rows, initial + 1.0)
    known = np.isclose(low.mean, high.mean, rtol=1e-6, atol=1e-6) | ~np.isfinite(low.mean)
    return Values(low.mean, known & trained, low.stable)


def _solve(rows: Rows, initial: float) -> Values:
    group = np.zeros(rows.views, int) if rows.blind else np.arange(rows.views)
    trained = np.unique(group[rows.seen[rows.weight > 0]])
    K, k = _advantage(rows, group)
    pool = np.zeros((rows.views, len(rows.seen)))
    pool[group[rows.seen], np.arange(len(rows.seen))] = rows.weight
    if rows.pooled:
        pool[:] = rows.weight
        K, trained, group = K.sum(axis=1, keepdims=True), np.array([0]), np.zeros(rows.views, int)
        pool = pool[:1]
    share = pool[trained] / pool[trained].sum(axis=1, keepdims=True)
    rest = np.setdiff1d(np.arange(K.shape[1]), trained)
    M = share @ K[:, trained]
    b = share @ (k + K[:, rest].sum(axis=1) * initial)
    v = np.full(K.shape[1], initial)
    v[trained] = _root(M, b)
    if rows.learner.loss == "huber" and rows.learner.lam == 0 and np.isfinite(v).all():
        v = _huber(rows, group, trained, v)
    sign = -1.0 if rows.negated else 1.0
    finite = bool(np.isfinite(M).all())
    overshoot = abs(np.linalg.eigvals(np.eye(len(trained)) + sign * M)).max() if finite else np.inf
    stable = bool(finite and (rows.damped or overshoot < 1.0 + 1e-9))
    return Values(v[group], np.ones(rows.views, bool), stable)


def _advantage(rows: Rows, group: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``A = K v + k``: the advantages of all rows as a linear function of the values."""
    R, V, gamma = len(rows.seen), rows.views, rows.learner.gamma
    D, d, C = np.zeros((R, V)), np.zeros(R), np.zeros((R, R))
    boot = 0.0 if rows.frozen == "target" else 1.0
    np.add.at(d, rows.row, rows.chance * rows.reward)
    np.add.at(D, (rows.row, group[rows.boot]), boot * rows.chance * gamma * rows.mask)
    np.add.at(D, (rows.row, group[rows.final]), boot * rows.chance * gamma * rows.bonus)
    np.add.at(D, (np.arange(R), group[rows.seen]), -1.0)
    np.add.at(C, (rows.row, rows.after), rows.chance * gamma * rows.learner.lam * rows.cut * ~rows.last)
    traces = np.eye(R) - C
    if abs(np.linalg.det(traces)) < 1e-12:
        return np.full((R, V), np.nan), np.full(R, np.nan)
    return np.asarray(np.linalg.solve(traces, D)), np.asarray(np.linalg.solve(traces, d))


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
    """The fixed point of one-step targets when errors beyond 1 count no more than errors of 1.

    An error e beyond 1 weighs 1 / abs(e); the weighted equations are solved until the weights agree.
    """
    gamma, boot = rows.learner.gamma, 0.0 if rows.frozen == "target" else 1.0
    about, onto = group[rows.seen[rows.row]], group[rows.boot]
    discount = boot * gamma * rows.mask
    for _ in range(60):
        error = rows.reward + discount * v[onto] - v[about]
        weight = rows.pair_weight / np.maximum(1.0, abs(error))
        M = np.zeros((len(v), len(v)))
        b = np.asarray(np.bincount(about, weight * rows.reward, len(v)), dtype=float)
        np.add.at(M, (about, about), weight)
        np.add.at(M, (about, onto), -weight * discount)
        rest = np.setdiff1d(np.arange(len(v)), trained)
        b = np.asarray(b - M[:, rest] @ v[rest])
        new = v.copy()
        new[trained], *_ = np.linalg.lstsq(M[np.ix_(trained, trained)], b[trained], rcond=None)
        if abs(new - v).max() < 1e-9:
            return new
        v = new
    return v
