"""The density of a squashed action is not corrected for tanh.

SAC takes ``tanh`` of a Gaussian sample. The log-density of the action is that of the sample minus
``log(1 - action^2)``. Without this term the entropy bonus is that of the Gaussian: it grows with every larger
standard deviation, and actions gather at the bounds.

Reported in automl/Mighty#117; the formula is in Haarnoja et al., Soft Actor-Critic, appendix C.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

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
    forms=(),
    module=__name__,
    disturbs="actions",
)
