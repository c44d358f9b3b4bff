"""The target network is the same object as the network that is trained.

It is a second name and no copy, so that targets move with every update. What is learned may still be correct
on a small problem; on larger ones the values can diverge.

Reported in DLR-RM/stable-baselines3#131 and #135.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="target-shares-weights",
    component="target network",
    look_at="where the target network is made: `copy.deepcopy(network)`, or a second network",
    wrong="""
target_net = q_net
""",
    right="""
target_net = copy.deepcopy(q_net)
""",
    forms=(),
    module=__name__,
)
