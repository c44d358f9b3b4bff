"""The entropy of the next action is missing from the target, or has the wrong sign there.

A maximum-entropy method such as SAC values a state by the rewards and the entropy that follow. Without the
term in the target, the critic learns the values of rewards alone, while the actor is still paid for entropy.
With the wrong sign, every later step costs what it should pay.

Source: Haarnoja et al. (2018), equation 3. Reported in rail-berkeley/rlkit#43.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _missing(t: Transitions) -> Transitions:
    return t.change(learner=replace(t.learner, entropy=0.0))


def _subtracted(t: Transitions) -> Transitions:
    return t.change(learner=replace(t.learner, entropy=-t.learner.entropy))


FAULT = Fault(
    id="sac-entropy-missing",
    component="value targets",
    look_at="the target of the critics: subtract alpha * log_prob of the next action from the next value",
    wrong="v_next = torch.min(q1(next_obs, next_action), q2(next_obs, next_action))",
    right="v_next = torch.min(q1(next_obs, next_action), q2(next_obs, next_action)) - alpha * next_log_prob",
    forms=(
        Form(name="rewards alone", change=_missing),
        Form(name="with the wrong sign", change=_subtracted, prior=0.5),
    ),
    module=__name__,
)
