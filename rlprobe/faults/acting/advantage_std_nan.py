"""The standard deviation of a single return or advantage is NaN.

``std()`` of a PyTorch tensor divides by n - 1. An episode of one step, or a last minibatch of one row, makes
it NaN. The loss becomes NaN, then every weight of the network, and the next action cannot be sampled.

Reported in DLR-RM/stable-baselines3#325 and #1028.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="advantage-std-nan",
    component="advantage estimation",
    look_at="each `.std()` of returns or advantages: do not normalise where there is one number only",
    wrong="adv = (adv - adv.mean()) / (adv.std() + 1e-8)",
    right="""
if len(adv) > 1:
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
