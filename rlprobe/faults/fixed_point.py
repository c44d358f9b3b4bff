"""The values a critic converges to: those at which its predictions equal its targets on average.

One linear system gives the correct values and, for every fault, the exact wrong ones. It covers time
limits, states that look the same, and lambda-returns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.one_step import least_squares, others, reweighted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions

UNBOUNDED = 1e6
"""Larger values count as growing without bound."""
SINGULAR = 1e11
"""Sums beyond this come from traces that never fade."""


@dataclass(frozen=True, eq=False)
class Values:
    """What a critic converges to.

    Args:
        mean: ``(V,)`` value of each observation; infinite where it grows without bound.
        known: ``(V,)`` whether the value is learned; False where it depends on the initial values.
        stable: whether repeated updates converge to these values.
        spread: how far a learned value may lie from the predicted one, as a share of the distance between
            the predicted and the exact value.
        of_runs: ``(R, V)`` the values of each run, where the runs differ in them; None if they do not.
        horizon: ``(V,)`` by how much a value rises if each target rises by 1; None if that is not known.
        fitted: what was fitted to learned values, as ``Form.free``; empty for nothing.
    """

    mean: NDArray[np.float64]
    known: NDArray[np.bool_]
    stable: bool = True
    spread: float = 0.0
    of_runs: NDArray[np.float64] | None = None
    horizon: NDArray[np.float64] | None = None
    fitted: str = ""


def fixed_point(
    transitions: Transitions,
    initial: float | NDArray[np.float64] = 0.0,
    given: bool | NDArray[np.bool_] = False,
) -> Values:
    """The values at which predictions equal targets on average.

    With advantages ``A_i = E[r + gamma bootstrap_mask v(bootstrap) - v(observation_i) + gamma lambda
    trace_mask A_following]``, the weighted mean of ``A`` over the transitions from each observation is zero.
    Source: Sutton and Barto (2018), section 12.1, with states aggregated that share an observation.

    Args:
        transitions: the stored transitions, the learner and what is wrong with its critic.
        initial: the values of untrained observations and frozen networks: one for all, or ``(V,)``.
        given: ``(V,)`` which of them are known to be the values of untrained observations.
    """
    initial = np.full(transitions.n_observations, 1.0) * initial
    if transitions.critic.frozen == "critic" or not transitions.weight.any():
        return Values(initial, np.ones(transitions.n_observations, bool))
    if transitions.critic.frozen == "unpredictable":
        return Values(initial, np.zeros(transitions.n_observations, bool))
    frozen = transitions.critic.frozen == "target"
    system = _System.of(transitions, initial) if frozen else _system_of(transitions)
    low = system.values(initial)
    trained = np.isin(system.group, system.trained)
    if trained.all() or frozen:
        return low
    high = system.values(initial + ~np.broadcast_to(given, initial.shape))
    known = np.isclose(low.mean, high.mean, rtol=1e-6, atol=1e-6) | ~np.isfinite(low.mean)
    return replace(low, known=known & trained)


@dataclass(frozen=True, eq=False)
class _System:
    """The linear system ``0 = M v + b + away v_rest`` of the values ``v`` that are trained.

    Args:
        t: the transitions.
        group: ``(V,)`` the row of the system that each observation belongs to.
        trained, rest: the rows that are trained, and the others, whose values stay as they are.
        M, b, away: the mean advantages of the trained rows as a function of all values.
    """

    t: Transitions
    group: NDArray[np.int64]
    trained: NDArray[np.int64]
    rest: NDArray[np.int64]
    M: NDArray[np.float64]
    b: NDArray[np.float64]
    away: NDArray[np.float64]

    @classmethod
    def of(cls, t: Transitions, target: NDArray[np.float64]) -> _System:
        """The system of some transitions; ``target`` are the values of a frozen target network."""
        group = np.zeros(t.n_observations, int) if t.critic.one_value else np.arange(t.n_observations)
        K, k = _advantage(t, group, target)
        pool = np.zeros((t.n_observations, len(t.observation)))
        pool[group[t.observation], np.arange(len(t.observation))] = t.weight
        trained = np.flatnonzero(pool.any(axis=1))
        share = pool[trained] / pool[trained].sum(axis=1, keepdims=True)
        rest = others(trained, t.n_observations)
        M = share @ K[:, trained]
        if t.critic.fits_advantage:
            M = M - np.eye(len(M))
        return cls(t, group, trained, rest, M, share @ k + t.critic.raised, share @ K[:, rest])

    @cached_property
    def stable(self) -> bool:
        """Whether repeated updates converge."""
        if not np.isfinite(self.M).all():
            return False
        sign = -1.0 if self.t.critic.ascends else 1.0
        step = np.eye(len(self.M)) + sign * self.M
        return self.t.critic.small_steps or bool(abs(np.linalg.eigvals(step)).max() < 1.0 + 1e-9)

    @property
    def _alone(self) -> NDArray[np.bool_]:
        """``(n,)`` which trained values depend on no other trained one."""
        if not self.t.learner.table:
            return np.full(len(self.trained), len(self.trained) == 1)
        return np.asarray((abs(self.M) > 0.0).sum(axis=1) == (self.M.diagonal() != 0.0))

    @cached_property
    def horizon(self) -> NDArray[np.float64]:
        """``(V,)``: see ``Values``."""
        found = np.ones(self.t.n_observations)
        found[self.trained] = _root(self.M, np.ones(len(self.trained)))
        return found[self.group]

    def values(self, initial: NDArray[np.float64]) -> Values:
        """The values that are learned from ``initial`` ones.

        A value that moves away from its target goes to the side on which it begins, if it depends on no
        other: if it is the only one, or in a table, where its targets hold none of the others.
        """
        t = self.t
        v = initial.copy()
        v[self.trained] = _root(self.M, self.b + self.away @ initial[self.rest])
        # The Huber weights below are those of errors of values: not of two losses, nor of a fitted advantage.
        plain_errors = not (t.critic.raised or t.critic.fits_advantage)
        one_step = t.learner.lam == 0 and t.learner.n_step == 1
        if one_step and np.isfinite(v).all():
            if t.critic.residual_gradient:
                v = least_squares(t, self.group, self.trained, initial)
            elif (t.learner.loss == "huber" and plain_errors) or t.critic.priority:
                v = reweighted(t, self.group, self.trained, v, initial)
        known = np.ones(t.n_observations, bool)
        if t.critic.ascends and not self.stable and np.isfinite(v).all():
            alone = self.trained[self._alone]
            v[alone] = np.copysign(np.inf, initial[alone] - v[alone])
        return Values(v[self.group], known, self.stable, horizon=self.horizon)


@lru_cache(maxsize=1_000)
def _system_of(t: Transitions) -> _System:
    """The system of transitions whose targets hold no frozen values: the same for all initial values."""
    return _System.of(t, np.zeros(t.n_observations))


def _advantage(
    t: Transitions, group: NDArray[np.int64], initial: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``A = K v + k``: the advantages of all transitions as a linear function of the values."""
    R, V, gamma = len(t.observation), t.n_observations, t.learner.gamma
    lam = 1.0 if t.learner.n_step > 1 else t.learner.lam
    D, d, C = np.zeros((R, V)), np.zeros(R), np.zeros((R, R))
    bootstrap = 0.0 if t.critic.frozen == "target" else 1.0
    np.add.at(d, t.current, t.probability * (t.reward + gamma * t.bootstrap_mask * t.learner.entropy))
    if t.critic.frozen == "target":
        np.add.at(d, t.current, t.probability * gamma * t.bootstrap_mask * initial[t.bootstrap])
    np.add.at(
        D,
        (t.current, group[t.bootstrap]),
        bootstrap * t.probability * gamma * t.bootstrap_mask,
    )
    np.add.at(
        D,
        (t.current, group[t.final_observation]),
        bootstrap * t.probability * gamma * t.final_bonus,
    )
    np.add.at(D, (t.current, group[t.observation[t.current]]), -t.probability * t.own_mask)
    np.add.at(
        C,
        (t.current, t.following),
        t.probability * gamma * lam * t.trace_mask * ~t.ends_rollout,
    )
    errors = np.column_stack([D, d])
    total = _summed(errors, C, t.learner.n_step) if C.any() else errors
    return np.asarray(total[:, :V]), np.asarray(total[:, V])


def _summed(errors: NDArray[np.float64], C: NDArray[np.float64], n_step: int) -> NDArray[np.float64]:
    """Temporal-difference errors summed over the steps that follow: all of them, or ``n_step``.

    An n-step return minus the value is the sum of ``n`` such errors, each discounted. Source: Sutton and
    Barto (2018), exercise 7.1.
    """
    if n_step > 1:
        total = errors
        for _ in range(n_step - 1):
            total = np.asarray(errors + C @ total)
        return total
    try:
        total = np.asarray(np.linalg.solve(np.eye(len(C)) - C, errors), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(errors, np.nan)
    return total if abs(total).max() < SINGULAR else np.full_like(errors, np.nan)


def _root(M: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    if not (np.isfinite(M).all() and np.isfinite(b).all()):
        return np.full(len(b), np.inf)
    if np.linalg.matrix_rank(M, tol=1e-9) < len(M):
        balanced = abs(b).max() < 1e-12
        return np.zeros(len(b)) if balanced else np.where(b >= -1e-12, np.inf, -np.inf)
    v = np.linalg.solve(M, -b)
    return np.where(abs(v) > UNBOUNDED, np.copysign(np.inf, v), v)
