"""The advantages are all zero.

Advantages are normalised over the wrong axis or over a batch of one, which leaves zeros. The critic learns,
but the policy does not change. A policy whose parameters no optimizer holds looks the same.

Reported in tensorflow/agents#651.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="advantage-normalised-to-zero",
    component="advantage estimation",
    look_at="the axis over which advantages are normalised, and their numbers just before the loss; if they "
    "are not zero, whether the optimizer holds the parameters of the policy",
    wrong="""
adv = (adv - adv.mean(-1, keepdim=True)) / (adv.std(-1, keepdim=True) + 1e-8)  # (N, 1)
""",
    right="adv = (adv - adv.mean()) / (adv.std() + 1e-8)",
    forms=(Form(name="policy does not move", actor="still"),),
    module=__name__,
)
