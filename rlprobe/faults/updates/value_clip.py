"""The clipped value loss of PPO is wrong.

It is the larger of two squared errors: that of the value, and that of the value kept within a distance of the
old one. With the smaller in its place, nothing holds a value back that moves towards the return, and one that
moved away has no gradient to come back. A value that is itself clipped between ``-eps`` and
``eps`` is held near 0, and the old value clipped around the new one holds nothing.

The loss is from OpenAI Baselines; see Huang et al., The 37 Implementation Details of PPO.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="value-clip",
    component="critic loss",
    look_at="the clipped value loss: the larger of both errors, and a clip of the change since the rollout",
    wrong="""
clipped = old_values + (values - old_values).clamp(-eps, eps)
loss = torch.min((values - returns) ** 2, (clipped - returns) ** 2).mean()
""",
    right="""
clipped = old_values + (values - old_values).clamp(-eps, eps)
loss = torch.max((values - returns) ** 2, (clipped - returns) ** 2).mean()
""",
    forms=(),
    module=__name__,
)
