"""The loss of the policy also trains the critic.

The advantage that multiplies the log-probability contains the value, and is not detached. The gradient of
``-log_prob * (return - value)`` then raises values by the mean of ``-log_prob``, the entropy of the policy,
over twice the weight of the value loss. It shows only where the policy has a choice.

Reported in coreylynch/async-rl#8 and watchernyu/REDQ#3.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions

ACTIONS = 4
"""The number of actions of EqualActions, between which a policy without advantages chooses at random."""
WEIGHTS = {"0.25": 0.25, "0.5": 0.5, "1": 1.0}
"""Weights of a squared value loss."""


def _raised(t: Transitions, weight: float) -> Transitions:
    return t.with_critic(raised=float(np.log(ACTIONS)) / (2.0 * weight))


FAULT = Fault(
    id="actor-gradient-in-critic",
    component="critic loss",
    look_at="the advantage in the loss of the policy: `.detach()` it, or compute it under `no_grad`; and the "
    "optimizer of the actor, which holds the parameters of the actor only",
    wrong="""
advantage = returns - values
policy_loss = -(log_prob * advantage).mean()
""",
    right="""
advantage = returns - values
policy_loss = -(log_prob * advantage.detach()).mean()
""",
    forms=tuple(
        Form(
            name=f"value loss with weight {words}",
            change=partial(_raised, weight=weight),
            only_on=frozenset({"EqualActions"}),
        )
        for words, weight in WEIGHTS.items()
    ),
    module=__name__,
)
