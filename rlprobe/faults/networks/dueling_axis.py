"""A dueling network subtracts the mean of the advantages over the batch, not over the actions.

Action values then depend on the other observations of the batch. For an observation alone, the mean over the
batch is the advantage itself: all actions get the same value, so the policy cannot choose between them.
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
