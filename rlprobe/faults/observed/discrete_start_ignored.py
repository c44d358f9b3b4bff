"""The first action of a Discrete space is taken to be 0.

``Discrete(n, start=k)`` has the actions ``k`` to ``k + n - 1``. An agent that counts from 0 takes actions
that are not in the space, or others than it means.

It is only tested where the agent says that it supports such spaces: ``make_agent.discrete_start = True``.

Reported in DLR-RM/stable-baselines3#913 and #1295, ray-project/ray#42196 and Farama-Foundation/Shimmy#150.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="discrete-start-ignored",
    component="action pipeline",
    look_at="each place between the policy's output and the environment: `action_space.start` is added to "
    "the index of an action, and subtracted where actions are stored as indices",
    wrong="""
action = int(q_values.argmax())
env.step(action)  # the space is Discrete(5, start=2)
""",
    right="""
action = int(q_values.argmax())
env.step(action + env.action_space.start)
""",
    forms=(),
    module=__name__,
)
