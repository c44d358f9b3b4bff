"""The advantage recursion is not cut at the end of an episode.

GAE sums advantages backwards through the rollout. Without the factor (1 - done), the advantages of the next
episode leak into this one. The targets then overshoot by 1 / (1 - gamma lambda), and a critic that fits them
closely diverges. With a small learning rate, the critic converges to correct values in a single environment.
With next-step autoreset it converges to wrong ones, because the sum also includes the reset between two
episodes. If the recursion is cut at terminations only, the same happens at time limits.

Reported in vietnh1009/Super-mario-bros-PPO#21. No effect at lambda = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _running_on(t: Transitions) -> Transitions:
    """The trace continues across episodes and through the resets between them, which are not fitted."""
    return t.change(
        trace_mask=np.ones_like(t.trace_mask),
        weight=np.where(t.is_reset, 0.0, t.weight),
    )


def _over_truncations(t: Transitions) -> Transitions:
    """The trace ends at terminations only."""
    return _running_on(t).change(trace_mask=np.where(t.terminated, 0.0, 1.0))


FAULT = Fault(
    id="gae-not-cut",
    component="advantage estimation",
    look_at="the running sum of the advantages: multiply it by (1 - done) of the same step",
    wrong="advantage = delta + gamma * lam * advantage",
    right="advantage = delta + gamma * lam * (1 - done) * advantage",
    forms=(
        Form(
            name="targets fitted closely",
            change=_running_on,
            reset_transitions=True,
            needs="eligibility",
            at_ends=True,
        ),
        Form(
            name="targets followed in small steps",
            change=lambda t: _running_on(t).with_critic(small_steps=True),
            reset_transitions=True,
            needs="eligibility",
            at_ends=True,
        ),
        Form(
            name="cut at terminations only",
            change=_over_truncations,
            reset_transitions=True,
            needs="eligibility",
            at_ends=True,
        ),
    ),
    module=__name__,
)
