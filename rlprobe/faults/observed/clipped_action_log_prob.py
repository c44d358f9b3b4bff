"""Clipped actions are stored beside the log-probabilities of the unclipped ones.

A Gaussian policy samples beyond the bounds of the action space, and the environment needs the clipped action.
If that one is stored, the update takes another log-probability than the one from the time of sampling. The
ratio of PPO then differs from 1 before the first update, most of all where the best action is at a bound.

Reported in thu-ml/tianshou#312 and vwxyzjn/cleanrl#240.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="clipped-action-log-prob",
    component="policy loss",
    look_at="the action that is stored: the sampled one, as the log-probability is of it; clip it only in "
    "the call of `env.step`",
    wrong="""
action = dist.sample()
log_prob = dist.log_prob(action)
action = action.clamp(low, high)
buffer.add(obs, action, log_prob)
""",
    right="""
action = dist.sample()
log_prob = dist.log_prob(action)
env.step(action.clamp(low, high))
buffer.add(obs, action, log_prob)
""",
    forms=(),
    module=__name__,
)
