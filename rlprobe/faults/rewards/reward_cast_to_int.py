"""Rewards are cast to integers.

An integer array, or ``zeros_like`` of one, cuts off the fraction of each reward: 0.5 becomes 0.

Reported in thu-ml/tianshou#85 and inoryy/tensorflow2-deep-reinforcement-learning#7.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="reward-cast-to-int",
    component="experience storage",
    look_at="the dtype of the array that holds rewards or returns",
    wrong="""
rewards = np.zeros(T, dtype=int)
rewards[t] = reward
""",
    right="""
rewards = np.zeros(T, dtype=np.float32)
rewards[t] = reward
""",
    forms=(
        Form(
            name="fraction lost",
            change=lambda t: t.change(reward=np.trunc(t.reward)),
            actor_on={"ActionOrder": "best", "WillToLive": "any", "ContextBandit": "best"},
        ),
    ),
    module=__name__,
)
