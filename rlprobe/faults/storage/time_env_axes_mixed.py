"""Time and environment axes are mixed up when a rollout of several environments is flattened.

Some arrays of shape (time, environment) are reshaped or viewed as (environment, time), others are not. Each
observation is then trained with the action and target of another step. With one environment this has no
effect. With several, every state is fitted to the mean of all targets, or, where only advantages are mixed
up, the values are right and the policy learns nothing.

Reported in ikostrikov/pytorch-a2c-ppo-acktr-gail#97.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

ONE_PROBE = 0.5
"""A policy that fails on one probe, with several environments only, may have other reasons."""

FAULT = Fault(
    id="time-env-axes-mixed",
    component="experience storage",
    look_at="each reshape, view or flatten of a rollout of several environments: swap the axes with "
    "transpose, and flatten all arrays in the same order",
    wrong="""
obs = obs.reshape(num_envs, T, -1).transpose(0, 1)  # it was (T, num_envs, -1)
obs, returns = obs.flatten(0, 1), returns.flatten()
""",
    right="obs, returns = obs.flatten(0, 1), returns.flatten()  # both (T, num_envs) before",
    forms=(
        Form(
            name="targets of other steps",
            change=lambda t: t.with_critic(one_value=True),
            actor="any",
            vector_only=True,
        ),
        Form(
            name="advantages of other steps",
            actor="untrained",
            needs="eligibility",
            vector_only=True,
            prior=ONE_PROBE,
        ),
    ),
    module=__name__,
    disturbs="actions",
)
