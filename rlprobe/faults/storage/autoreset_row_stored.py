"""The reset between two episodes is stored as a step.

With next-step autoreset, a vector environment uses the step after an end to reset: it ignores the action and
returns the first observation of the new episode. Stored as a transition, it links the end of one episode
with the start of the next, with a reward of 0.

Reported in vwxyzjn/cleanrl#499 and automl/Mighty#108. It has an effect only with next-step autoreset.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="autoreset-row-stored",
    component="experience storage",
    look_at="the step after `terminated | truncated`: its transition must be left out of the loss",
    wrong="""
next_obs, reward, terminated, truncated, _ = envs.step(action)
buffer.add(obs, action, reward, next_obs, terminated)
""",
    right="""
next_obs, reward, terminated, truncated, _ = envs.step(action)
real = ~previous_done  # after an end, this step only reset
buffer.add(obs[real], action[real], reward[real], next_obs[real], terminated[real])
previous_done = terminated | truncated
""",
    forms=(Form(name="as a step of its own", reset_transitions=True),),
    module=__name__,
)
