"""Rewards are clipped, or only their sign is used.

A preprocessing step for Atari games is used elsewhere. Rewards above 1 become 1, so the agent solves a
different problem.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="reward-clipped",
    component="reward pipeline",
    look_at="wrappers and buffers between the environment and the loss: np.clip or np.sign of a reward",
    wrong="reward = np.sign(reward)",
    right="reward = float(reward)",
    forms=(
        Form(name="to [-1, 1]", change=lambda t: t.change(reward=np.clip(t.reward, -1.0, 1.0))),
        Form(
            name="to their sign",
            change=lambda t: t.change(reward=np.sign(t.reward)),
            actor_on={"ActionOrder": "any"},
        ),
    ),
    module=__name__,
)
