"""Continuous actions are not scaled to the bounds of the action space.

A tanh policy returns actions in (-1, 1). Without the scale and the offset of the action space, the agent
never reaches most of its range.

Reported in vwxyzjn/cleanrl#196.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="action-not-rescaled",
    component="action pipeline",
    look_at="the map from the policy's output to the bounds of the action space: scale and offset",
    wrong="env.step(np.tanh(mean))  # the space is Box(-2, 6)",
    right="""
low, high = env.action_space.low, env.action_space.high
env.step(low + (np.tanh(mean) + 1) / 2 * (high - low))
""",
    forms=(
        Form(
            name="action stays in [-1, 1]",
            actor_on={"BoxTarget": "unscaled", "BoxTarget2D": "unscaled"},
        ),
    ),
    module=__name__,
)
