"""The density of a squashed action is corrected at the scaled action.

The correction for tanh is ``log(1 - y^2)`` with ``y = tanh(u)``, which lies in [-1, 1]. The action of the
environment is ``scale * y + bias``. If it takes the place of ``y``, the logarithm is one of a negative number
as soon as the bounds of the environment lie beyond -1 and 1: the loss is NaN, and then every weight.

Reported in cpnota/autonomous-learning-library#139. The formula is in Haarnoja et al., Soft Actor-Critic,
appendix C.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="squash-correction-scaled",
    component="policy loss",
    look_at="which action stands in `log(1 - action**2)`: it must be `tanh(u)`, before it is scaled to the "
    "bounds",
    wrong="""
action = torch.tanh(u) * scale + bias
log_prob = normal.log_prob(u) - torch.log(1 - action.pow(2) + 1e-6)
""",
    right="""
y = torch.tanh(u)
action = y * scale + bias
log_prob = normal.log_prob(u) - torch.log(scale * (1 - y.pow(2)) + 1e-6)
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
