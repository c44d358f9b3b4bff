"""The entropy of the policy is punished instead of rewarded.

Loss is minimised, so a bonus is subtracted from it. With the wrong sign the policy gives up all actions but
one early, often before it has seen what the others are worth.

Reported in google-deepmind/open_spiel#962, MrSyee/pg-is-all-you-need#37 and DLR-RM/stable-baselines3#127.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="entropy-bonus-sign",
    component="policy loss",
    look_at="the sign of the entropy in the loss: `loss = policy_loss - coefficient * entropy`",
    wrong="""
loss = policy_loss + value_loss + 0.01 * entropy
""",
    right="""
loss = policy_loss + value_loss - 0.01 * entropy
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
