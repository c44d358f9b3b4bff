"""A dueling network subtracts the mean of the advantages over the batch, not only over the actions.

Action values then depend on the other observations of the batch. With `mean(dim=0)`, the mean over the batch
is the advantage itself for an observation alone: all actions get the same value, and the policy cannot choose
between them. With `mean()`, over everything, values are right for an observation alone only.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="dueling-axis",
    component="network",
    look_at="the axis of the mean in the dueling network: that of the actions, `mean(dim=1, keepdim=True)`",
    wrong="q = value + advantage - advantage.mean(dim=0, keepdim=True)",
    right="q = value + advantage - advantage.mean(dim=1, keepdim=True)",
    forms=(),
    module=__name__,
)
