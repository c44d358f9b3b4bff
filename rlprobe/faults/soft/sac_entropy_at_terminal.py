"""The entropy term is not masked at a termination.

The mask multiplies the next value, but not the entropy beside it. Every termination then pays the entropy of
an action that is never taken.

Reported in DLR-RM/stable-baselines3#76.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _paid_at_the_end(t: Transitions) -> Transitions:
    return t.change(reward=t.reward + t.learner.gamma * t.learner.entropy * (1.0 - t.bootstrap_mask))


FAULT = Fault(
    id="sac-entropy-at-terminal",
    component="value targets",
    look_at="the brackets in the target of the critics: (1 - terminated) multiplies the entropy too",
    wrong="target = reward + gamma * (1 - terminated) * v_next - gamma * alpha * next_log_prob",
    right="target = reward + gamma * (1 - terminated) * (v_next - alpha * next_log_prob)",
    forms=(Form(name="paid once more", change=_paid_at_the_end),),
    module=__name__,
)
