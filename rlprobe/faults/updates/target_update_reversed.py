"""The target network is updated the wrong way round.

The network that is trained is given the weights of the target network, as the arguments of the copy are in
the wrong order. Each copy undoes what was learned since the last one (a soft update, part of it). The target
network keeps its initial weights. In a soft update, ``tau`` and ``1 - tau`` may be in each other's place
instead: then the target network follows nearly all the way, and is of no use.

Reported in reinshift/MADDPG_Multi_UAV_Roundup#10 and medipixel/rl_algorithms#47.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="target-update-reversed",
    component="target network",
    look_at="the direction of the update: `target.load_state_dict(online.state_dict())`; in a soft update, "
    "what is written belongs to the target network, and tau is the small share of the online one",
    wrong="""
online.load_state_dict(target.state_dict())
""",
    right="""
target.load_state_dict(online.state_dict())
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
