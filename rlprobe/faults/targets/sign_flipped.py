"""A sign is wrong in the policy loss, the critic loss or the reward.

The agent makes the worst action the most probable, or its critic moves away from its targets.

Reported in ai4co/rl4co#186.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="sign-flipped",
    component="losses",
    look_at="the sign of each loss term: the optimiser minimises, but returns should be maximised",
    wrong="loss = (log_prob * advantage).mean()",
    right="loss = -(log_prob * advantage).mean()",
    forms=(
        Form(name="policy loss", actor="worst", actor_on={"WillToLive": "any"}),
        Form(name="critic loss", change=lambda t: t.with_critic(ascends=True), actor="any"),
        Form(name="reward", change=lambda t: t.change(reward=-t.reward), actor="worst"),
    ),
    module=__name__,
)
