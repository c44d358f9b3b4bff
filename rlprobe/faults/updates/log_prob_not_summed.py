"""The log-probability of an action is not the sum over its components.

``Normal.log_prob`` returns one number for each component of an action. The log-probability of the action
is their sum. Without it, the loss weighs each component on its own, its mean divides the gradient and the
entropy term by their number, and shapes ``(N, k)`` and ``(N, 1)`` broadcast without an error.

Reported in thu-ml/tianshou#40.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="log-prob-not-summed",
    component="policy loss",
    look_at="what follows `log_prob(action)`: `.sum(-1)`, or an `Independent` around the distribution",
    wrong="""
log_prob = Normal(mean, std).log_prob(action)  # (N, k)
ratio = (log_prob - old_log_prob).exp()
""",
    right="""
log_prob = Normal(mean, std).log_prob(action).sum(-1)  # (N,)
ratio = (log_prob - old_log_prob).exp()
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
