"""The density of a squashed action is not corrected for tanh.

SAC takes ``tanh`` of a Gaussian sample. The log-density of the action is that of the sample minus
``log(1 - action^2)``. Without this term the entropy bonus is that of the Gaussian: it grows with every larger
standard deviation, and actions gather at the bounds.

Reported in automl/Mighty#117; the formula is in Haarnoja et al., Soft Actor-Critic, appendix C.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions

LARGEST = (2.0, 1.0, 5.0)
"""Logarithms of the largest standard deviation that people allow a policy; the Gaussian grows up to it.
Without a bound, it comes to about the last one in the steps of a run."""
UNIFORM = math.log(2.0)
"""The entropy of an action that is uniform in (-1, 1)."""


def _of_the_gaussian(t: Transitions, log_std: float) -> Transitions:
    """Each later step pays the entropy of the Gaussian before ``tanh``."""
    entropy = 0.5 * math.log(2.0 * math.pi * math.e) + log_std
    return t.change(learner=replace(t.learner, entropy=t.learner.entropy * entropy / UNIFORM))


FAULT = Fault(
    id="tanh-correction-missing",
    component="policy loss",
    look_at="the log-probability after `tanh`: subtract `log(1 - action**2 + 1e-6)` of the squashed action",
    wrong="""
u = normal.rsample()
action, log_prob = torch.tanh(u), normal.log_prob(u).sum(-1)
""",
    right="""
u = normal.rsample()
action = torch.tanh(u)
log_prob = (normal.log_prob(u) - torch.log(1 - action.pow(2) + 1e-6)).sum(-1)
""",
    forms=tuple(
        Form(
            name=f"standard deviation up to exp({log_std:g})",
            change=partial(_of_the_gaussian, log_std=log_std),
            actor="any",
            needs="one-step",
            prior=0.5,
        )
        for log_std in LARGEST
    ),
    module=__name__,
    disturbs="actions",
)
