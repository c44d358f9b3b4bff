"""From a process, a learner and the faults it has to the values that its critic converges to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.fixed_point import Values, fixed_point
from rlprobe.faults.rollouts import in_rollouts
from rlprobe.faults.transitions import Learner, Transitions, transitions_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP
    from rlprobe.faults.declaration import Form

LONGEST_ROLLOUT = 16
"""Longer rollouts count as infinite, because their ends hardly matter."""


def predict(
    mdp: MDP,
    learner: Learner,
    forms: tuple[Form, ...] = (),
    *,
    autoreset_mode: str | None = None,
    initial: float | NDArray[np.float64] = 0.0,
) -> Values:
    """The values that a learner with the given faults converges to; without faults, the correct ones.

    Args:
        mdp: an MDP whose actions do not matter.
        learner: how the critic forms its targets.
        forms: the faults, applied one after the other.
        autoreset_mode: the mode of the vector environment, if it is one.
        initial: the values before learning: one for all observations, or ``(V,)``.

    >>> from probe_envs import probe
    >>> from rlprobe.faults import fault
    >>> form = fault("truncation-as-termination").forms[0]
    >>> predict(probe("TimeLimitLoop").mdp(), Learner(gamma=0.9), (form,)).mean.round(2)
    array([3.57])
    """
    transitions = transitions_of(mdp, reset_transitions=stores_resets(forms, autoreset_mode))
    return converged_values(transitions, learner, forms, initial=initial)


def converged_values(
    transitions: Transitions,
    learner: Learner,
    forms: tuple[Form, ...] = (),
    *,
    initial: float | NDArray[np.float64] = 0.0,
) -> Values:
    """As ``predict``, from the transitions that a correct learner stores."""
    plain, depends = _from_zero(transitions, learner, forms)
    if not depends:
        return plain
    first = tuple(np.round(np.broadcast_to(initial, transitions.n_observations), 2).tolist())
    return _from(transitions, learner, forms, first)


@lru_cache(maxsize=60_000)
def _from_zero(transitions: Transitions, learner: Learner, forms: tuple[Form, ...]) -> tuple[Values, bool]:
    """The values that are learned from initial values of 0, and whether they depend on these."""
    changed = _changed(transitions, learner, forms)
    values = fixed_point(changed)
    return values, changed.critic.frozen != "no" or not values.known.all()


@lru_cache(maxsize=4_000)
def _from(
    transitions: Transitions, learner: Learner, forms: tuple[Form, ...], initial: tuple[float, ...]
) -> Values:
    return fixed_point(_changed(transitions, learner, forms), np.array(initial))


def _changed(transitions: Transitions, learner: Learner, forms: tuple[Form, ...]) -> Transitions:
    if learner.rollout:
        transitions = in_rollouts(transitions, learner.rollout, learner.phase)
    transitions = transitions.change(learner=learner)
    if not learner.bootstraps:
        transitions = transitions.change(bootstrap_mask=transitions.bootstrap_mask * ~transitions.truncated)
    for form in forms:
        transitions = transitions if form.change is None else form.change(transitions)
    return transitions


def stores_resets(forms: tuple[Form, ...], autoreset_mode: str | None) -> bool:
    """Whether the reset between two episodes is stored as a transition."""
    return autoreset_mode == "next_step" and any(form.reset_transitions for form in forms)


def with_rollout(learner: Learner, forms: tuple[Form, ...], declared: int | None) -> Learner:
    """The learner with its rollout length, if it is short and one of the faults depends on it."""
    length = declared or learner.rollout
    matters = any(form.at_ends for form in forms) and length is not None and length <= LONGEST_ROLLOUT
    return replace(learner, rollout=length if matters else None)
