"""From a process, a learner and the faults it has to the values that its critic converges to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.fixed_point import Values, fixed_point
from rlprobe.faults.rollouts import in_rollouts
from rlprobe.faults.stored import transitions_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs import MDP
    from rlprobe.faults.declaration import Form
    from rlprobe.faults.transitions import Learner, Transitions


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
    >>> from rlprobe.faults.transitions import Learner
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
    read: NDArray[np.float64] | None = None,
) -> Values:
    """As ``predict``, from the transitions that a correct learner stores.

    Args:
        transitions: the transitions.
        learner: how the critic forms its targets.
        forms: the faults, applied one after the other.
        initial: the values before learning: one for all observations, or ``(V,)``.
        read: ``(V,)`` the values after learning, where they are known; NaN elsewhere. Targets hold them
            where an observation is not trained, whatever else has moved it. A frozen network keeps the
            initial ones.
    """
    plain, frozen = _from_zero(transitions, learner, forms)
    if plain.known.all() and not frozen:
        return plain
    first, given = np.array(np.broadcast_to(initial, transitions.n_observations)), tuple[bool, ...]()
    used = first
    if read is not None and not frozen:
        given = tuple(np.isfinite(read).tolist())
        used = np.where(given, read, first)
    found = _from(transitions, learner, forms, tuple(np.round(used, 2).tolist()), given)
    return replace(found, mean=np.where(found.known, found.mean, first)) if given else found


@lru_cache(maxsize=60_000)
def _from_zero(transitions: Transitions, learner: Learner, forms: tuple[Form, ...]) -> tuple[Values, bool]:
    """The values that are learned from initial values of 0, and whether some network is never trained."""
    changed = _changed(transitions, learner, forms)
    return fixed_point(changed), changed.critic.frozen != "no" or not changed.weight.any()


@lru_cache(maxsize=4_000)
def _from(
    transitions: Transitions,
    learner: Learner,
    forms: tuple[Form, ...],
    initial: tuple[float, ...],
    given: tuple[bool, ...],
) -> Values:
    return fixed_point(_changed(transitions, learner, forms), np.array(initial), np.array(given or False))


@lru_cache(maxsize=4_000)
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
    """The learner with its rollout length, if a fault depends on it; longer ones count as endless."""
    length = declared or learner.rollout
    longest = max((form.longest_rollout for form in forms if form.at_ends), default=0)
    return replace(learner, rollout=length if length is not None and length <= longest else None)
