"""The target takes the larger of two critics.

TD3 and SAC train two critics and use the smaller one in the target, because the maximum over noisy action
values is too large. With the larger one, values are overestimated more than with a single critic. On small
problems without noise both critics agree, so values are right; the fault is seen in the calls of PyTorch.

Source: Fujimoto et al. (2018), clipped double Q-learning.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="larger-of-critics",
    component="value targets",
    look_at="how the two critics are combined in the target: `torch.min(q1, q2)`",
    wrong="""
next_q1, next_q2 = q1_target(next_obs, action), q2_target(next_obs, action)
target = reward + gamma * (1 - terminated) * torch.max(next_q1, next_q2)
""",
    right="""
next_q1, next_q2 = q1_target(next_obs, action), q2_target(next_obs, action)
target = reward + gamma * (1 - terminated) * torch.min(next_q1, next_q2)
""",
    forms=(),
    module=__name__,
)
