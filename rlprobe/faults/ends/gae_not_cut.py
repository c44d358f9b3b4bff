"""The advantage recursion is not cut at the end of an episode.

Generalised advantages are summed backwards through the rollout; without the factor
(1 - done) the next episode's advantages leak into this one. The targets then overshoot by
1 / (1 - gamma lambda), and a critic that fits them well diverges. One that follows them in small steps
comes to right values in a single environment, and to wrong ones under next-step autoreset, where the
sum also runs through the row between two episodes.

Reported in vietnh1009/Super-mario-bros-PPO#21. No effect at lambda = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _running_on(t: Transitions) -> Transitions:
    """Eligibility crosses the episodes, also through the rows between them, which are not fitted."""
    return t.change(
        trace_mask=np.ones_like(t.trace_mask),
        weight=np.where(t.is_reset, 0.0, t.weight),
    )


FAULT = Fault(
    id="gae-not-cut",
    component="advantage estimation",
    look_at="the running sum of the advantages: it must be multiplied by (1 - done) of the same step",
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
    ),
    module=__name__,
)
