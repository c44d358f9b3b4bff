"""The target network chooses the actions.

The agent collects experience with the copy that is only there for the targets. Its behaviour lags behind what
it has learned by an update interval of the target network, and with a slow soft update by thousands of steps.

Reported in exalearn/EXARL#247 and go2sea/NoisyNetDQN#1.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="acts-with-target-network",
    component="exploration",
    look_at="which network chooses the action while experience is collected: the one that is trained",
    wrong="""
action = target_net(obs).argmax()
""",
    right="""
action = q_net(obs).argmax()
""",
    forms=(),
    module=__name__,
)
