"""Rewards or returns are rescaled: values are in another unit, one on each probe.

All values of a probe are wrong by the same factor, and the actions are right. Rewards are divided by a
running deviation inside the agent, or the critic is trained on scaled returns. If that is meant, let
`value` give them back in the unit of the environment; if not, it is a scale that changes with the data.

Reported in Farama-Foundation/Gymnasium#1507 and openai/gym#3152.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="reward-rescaled",
    component="reward pipeline",
    look_at="every place where rewards, returns or values are divided by a running deviation, and whether "
    "`value` undoes it",
    wrong="""
returns = returns / (returns.std() + 1e-8)
value_loss = (critic(obs) - returns).pow(2).mean()
""",
    right="value_loss = (critic(obs) - returns).pow(2).mean()",
    forms=(
        Form(
            name="by an unknown factor",
            change=lambda t: t.change(reward=0.4 * t.reward),
            any_unit=True,
        ),
    ),
    module=__name__,
)
