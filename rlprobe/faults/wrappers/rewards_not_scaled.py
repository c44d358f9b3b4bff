"""Rewards reach the learner in their own unit: RewardScale is missing.

Step sizes, clipping and entropy bonuses are made for values around 1. Paid in thousands, a critic that
solves the same problem in plain units (ObservationSign) does not get there in time; paid in thousandths,
the rewards may be less than the noise of its predictions. Wrap the environment: ``env = RewardScale(env)``.
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
