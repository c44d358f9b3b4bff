"""The clipped value loss of PPO is wrong.

It is the larger of two squared errors: that of the value, and that of the value kept within a distance of the
old one. The smaller of the two gives values that are far off no gradient, so that they stay where they are.
A clip around 0, or one of the old value around the new one, keeps values near 0, or does nothing.

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
    not_named_because="values of the probes move little within an update, where nothing is clipped",
    seen_by="`rlprobe check` on the function that computes it (family `clipped_value_loss`)",
)
