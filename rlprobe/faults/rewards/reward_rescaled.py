"""Rewards or returns are rescaled: all values of a probe are off by one factor.

The factor differs between probes, and the actions are optimal. The agent divides rewards by a running
standard deviation, or trains its critic on scaled returns. If you do this on purpose, let `value` return
values in the unit of the environment. If not, remove it: the scale changes with the data.

Reported in Farama-Foundation/Gymnasium#1507 and openai/gym#3152.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="reward-rescaled",
    component="reward pipeline",
    look_at="every place where rewards, returns or values are divided by a running standard deviation, and "
    "whether `value` undoes it",
    wrong="""
returns = returns / (returns.std() + 1e-8)
value_loss = (critic(obs) - returns).pow(2).mean()
""",
    right="value_loss = (critic(obs) - returns).pow(2).mean()",
    forms=(
        Form(
            name="by an unknown factor",
            change=lambda t: t.change(reward=0.4 * t.reward),
            free="factor",
        ),
    ),
    module=__name__,
)
