"""Hindsight experience replay relabels only a part of a transition, or with the wrong goal.

A relabelled transition needs the new goal in both of its observations, the reward for that goal, and the flag
that goes with it. If the reward stays that of the old goal, or is computed from the goal of the step before,
or the arguments of ``compute_reward`` are swapped, the critic learns the values of no goal. If goals end
episodes and the flag stays false, values grow to ``r / (1 - gamma)``.

Reported in rail-berkeley/rlkit#96, DLR-RM/stable-baselines3#848, thu-ml/tianshou#811 and
hill-a/stable-baselines#728.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="her-relabel",
    component="experience storage",
    look_at="where transitions are relabelled: goal, reward and `terminated` are all replaced, and the "
    "achieved goal is that of the next observation",
    wrong="""
reward = env.unwrapped.compute_reward(obs["achieved_goal"], goal, info)
""",
    right="""
reward = env.unwrapped.compute_reward(next_obs["achieved_goal"], goal, info)
terminated = env.unwrapped.compute_terminated(next_obs["achieved_goal"], goal, info)
""",
    forms=(),
    module=__name__,
    not_named_because="no probe has goals, so that nothing is relabelled",
    seen_by="a test of the buffer: relabel with the goal that was there before, and compare the transition "
    "with the stored one",
)
