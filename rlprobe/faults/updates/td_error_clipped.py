"""The TD error is clipped, and then squared.

A clipped error is constant where it is large, so its gradient is zero: values that are off by more than the
bound are never corrected. The Huber loss clips the gradient of the error instead.

Described in OpenAI, "OpenAI Baselines: DQN" (2017).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="td-error-clipped",
    component="critic loss",
    look_at="the clipping of the TD error: use `smooth_l1_loss` or `huber_loss`, or clip gradients",
    wrong="""
loss = (q - target).clamp(-1, 1).pow(2).mean()
""",
    right="""
loss = F.smooth_l1_loss(q, target)
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
