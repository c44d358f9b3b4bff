"""Fixed points of one-step targets that no linear system of mean targets gives.

They are those of robust losses, of priorities, and of gradients that also flow through the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions

SWEEPS = 200
CONVERGED = 1e-9
SMALLEST_ERROR = 1e-3
"""Errors below this weigh as much as this one, so that priorities are never 0."""


class Errors(NamedTuple):
    """The TD errors of the successions, ``reward + discount * v[onto] - v[about]``."""

    about: NDArray[np.int64]
    onto: NDArray[np.int64]
    discount: NDArray[np.float64]
    reward: NDArray[np.float64]


def others(trained: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The numbers below ``count`` that are not among ``trained``."""
    mask = np.ones(count, bool)
    mask[trained] = False
    return np.flatnonzero(mask)


def errors_of(t: Transitions, group: NDArray[np.int64], initial: NDArray[np.float64]) -> Errors:
    """What the TD errors consist of; observations with the same ``group`` have one value."""
    gamma, bootstrap = t.learner.gamma, 0.0 if t.critic.frozen == "target" else 1.0
    added = (1.0 - bootstrap) * initial[t.bootstrap] + t.learner.entropy
    return Errors(
        about=group[t.observation[t.current]],
        onto=group[t.bootstrap],
        discount=bootstrap * gamma * t.bootstrap_mask,
        reward=t.reward + gamma * t.bootstrap_mask * added,
    )


def reweighted(
    t: Transitions,
    group: NDArray[np.int64],
    trained: NDArray[np.int64],
    v: NDArray[np.float64],
    initial: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The values at which weighted errors are zero on average, starting from ``v``.

    Under the Huber loss, whose gradient is at most 1, an error e beyond 1 gets the weight 1 / abs(e). With
    priorities it gets the weight abs(e) ** priority. The weighted equations are solved again until the
    values no longer change.
    """
    about, onto, discount, reward = errors_of(t, group, initial)
    rest, inner = others(trained, len(v)), np.ix_(trained, trained)
    step = 1.0 / (1.0 + t.critic.priority)  # larger steps overshoot: weights and errors grow together
    for _ in range(SWEEPS):
        size = abs(reward + discount * v[onto] - v[about])
        weight = t.succession_weight * np.maximum(size, SMALLEST_ERROR) ** t.critic.priority
        weight = weight / np.maximum(1.0, size) if t.learner.loss == "huber" else weight
        M = np.zeros((len(v), len(v)))
        b = np.asarray(np.bincount(about, weight * reward, len(v)), dtype=float)
        np.add.at(M, (about, about), weight)
        np.add.at(M, (about, onto), -weight * discount)
        b = np.asarray(b - M[:, rest] @ v[rest])
        new = v.copy()
        solved, *_ = np.linalg.lstsq(M[inner], b[trained], rcond=None)
        new[trained] += step * (solved - v[trained])
        if abs(new - v).max() < CONVERGED:
            return new
        v = new
    return v


def least_squares(
    t: Transitions, group: NDArray[np.int64], trained: NDArray[np.int64], initial: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The values with the smallest mean squared TD error; see ``bootstrap-target-not-detached``."""
    about, onto, discount, reward = errors_of(t, group, initial)
    count, each = len(initial), np.arange(len(about))
    slope = np.zeros((len(about), count))
    np.add.at(slope, (each, onto), discount)
    np.add.at(slope, (each, about), -1.0)
    moved = np.union1d(trained, onto[discount > 0])
    rest = others(moved, count)
    weight = np.sqrt(t.succession_weight)
    v = initial.copy()
    far = reward + slope[:, rest] @ v[rest]
    v[moved], *_ = np.linalg.lstsq(weight[:, None] * slope[:, moved], -weight * far, rcond=None)
    return v
