"""Rewards are not scaled before learning: RewardScale is missing.

Learning rates, clipping and entropy bonuses suit values around 1. With rewards in the thousands, the critic
does not converge in time, although it solves the same problem in plain units (ObservationSign). With rewards
of a thousandth, they can be smaller than the noise of its predictions. Wrap the environment:
``env = RewardScale(env)``.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="rewards-not-scaled",
    component="reward pipeline",
    look_at="the environment, and wrap it in RewardScale: rlprobe.RewardScale(env)",
    wrong='env = gym.make("Task-v0")  # rewards of thousands',
    right='env = RewardScale(gym.make("Task-v0"))',
    forms=tuple(
        Form(name=name, only_on=frozenset({label}), change=lambda t: t.with_critic(frozen="unpredictable"))
        for name, label in (
            ("too large", "ScaledReward scale=1000.0"),
            ("too small", "ScaledReward scale=0.001"),
            ("both", "ScaledReward"),
        )
    ),
    module=__name__,
)
