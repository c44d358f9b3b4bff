"""The discount is missing from the targets.

Later rewards count in full, as if gamma were 1. Values along a chain are all equal, and in a continuing task
they grow without bound.

Seen for example as ``target = reward_batch + next_state_values``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import WINDOWS, over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _bootstrap_only(t: Transitions) -> Transitions:
    gamma, lam = t.learner.gamma, t.learner.lam
    return t.change(learner=replace(t.learner, gamma=1.0, lam=gamma * lam))


def _but_at_time_limits(t: Transitions) -> Transitions:
    """No discount, but one where the loop adds the value of a truncated step's last observation."""
    cut = t.truncated & ~t.terminated
    return t.change(
        learner=replace(t.learner, gamma=1.0),
        bootstrap_mask=t.bootstrap_mask * ~cut,
        final_bonus=cut * t.learner.gamma,
    )


def _after_rewards(t: Transitions, steps: int) -> Transitions:
    """Right discounts of several rewards, and none of the value that is bootstrapped from after them."""
    later = over_steps(t, steps, reward_discount=t.learner.gamma, last_discount=1.0)
    return later.change(learner=replace(later.learner, gamma=1.0))


FAULT = Fault(
    id="no-discount",
    component="value targets",
    look_at="the line that adds the next value to the reward: the value has to be multiplied by gamma",
    wrong="target = reward + (1 - terminated) * v_next",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(name="gamma is 1", change=lambda t: t.change(learner=replace(t.learner, gamma=1.0))),
        Form(name="gamma is 1, but not at time limits", change=_but_at_time_limits),
        Form(name="gamma is 1 in the bootstrap only", change=_bootstrap_only, needs="eligibility"),
        *(
            Form(
                name=f"none on the value after {n} rewards",
                change=partial(_after_rewards, steps=n),
                needs="one-step",
            )
            for n in WINDOWS
        ),
    ),
    module=__name__,
)
