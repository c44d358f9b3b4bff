"""The observation does not reach the network.

All states look the same, so the critic learns one number, the mean, and the policy learns one action. If
only the critic lacks the observation, its values look like those of loss-broadcast, and the report names
that fault.

Common causes: an observation buffer that is never filled, an index that is always zero, a constant input.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="observation-ignored",
    component="observation pipeline",
    look_at="the input of the network: print it for two different observations",
    wrong="""
batch_obs = np.zeros((T, *shape))  # and never filled
loss = (critic(batch_obs) - target).pow(2).mean()
""",
    right="""
batch_obs[t] = obs  # at every step t
loss = (critic(batch_obs) - target).pow(2).mean()
""",
    forms=(
        Form(
            name="in training and when queried",
            change=lambda t: t.with_critic(one_value=True),
            actor_on={"ContextBandit": "ignores_observation", "ScaledObservation": "ignores_observation"},
            answers="same",
        ),
        Form(
            name="in training only",
            change=lambda t: t.with_critic(one_value=True),
            actor_on={"ContextBandit": "ignores_observation", "ScaledObservation": "ignores_observation"},
            answers="scattered",
        ),
    ),
    module=__name__,
)
