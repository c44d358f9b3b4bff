"""The log-probability of a scaled action is that of the unscaled one in one place, and not in another.

SAC multiplies ``tanh(u)`` by half the width of the action space. The density of the scaled action is smaller
by that factor, its entropy larger by the logarithm: 2.3 for each component of ``Box(-10, 10)``. Both are in
use. They must be the same in the loss of the actor, in the targets and in the entropy that the temperature is
tuned to, where ``-dim(A)`` is meant for actions between -1 and 1.

Reported in thu-ml/tianshou#588 and #591, vwxyzjn/cleanrl#524 and cpnota/autonomous-learning-library#256.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="action-scale-jacobian",
    component="policy loss",
    look_at="the scale of the actions in log-probabilities, and in the target entropy",
    wrong="""
log_prob = log_prob - torch.log(scale * (1 - y.pow(2)) + 1e-6)  # of scale * y
target_entropy = -dim  # of actions between -1 and 1
""",
    right="""
log_prob = log_prob - torch.log(scale * (1 - y.pow(2)) + 1e-6)  # of scale * y
target_entropy = -dim + dim * math.log(scale)
""",
    forms=(),
    module=__name__,
    not_named_because="the probes of values have actions between -1 and 1, where nothing is scaled; and a "
    "constant in the entropy, which both conventions differ by, changes no choice where episodes do not end",
    seen_by="a test: with `scale = 1` and `scale = 10`, the temperature settles at the same value",
)
