"""Parameters of a network are never trained.

The optimizer was made with other parameters: those of one network only, or of a network that was built anew
later. Or it steps when no gradient is there: after another ``zero_grad``, or because ``detach``, ``item`` or
``numpy`` cut the loss from the network. The network keeps its initial weights.

Reported in juliusfrost/dreamer-pytorch#79; described in Jones, "Debugging Reinforcement Learning Systems"
(2021).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="parameters-not-optimised",
    component="optimizer",
    look_at="what the optimizer was made with: the parameters of every network that the loss trains; and "
    "whether each `backward()` comes after `zero_grad()` and before `step()`",
    wrong="""
optimizer = Adam(actor.parameters())
loss = policy_loss + value_loss
""",
    right="""
optimizer = Adam([*actor.parameters(), *critic.parameters()])
loss = policy_loss + value_loss
""",
    forms=(Form(name="of the policy", actor="still", prior=0.6),),
    module=__name__,
    disturbs="everything",
)
