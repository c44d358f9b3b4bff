"""The discount has the wrong exponent.

Gamma is applied twice per step, or once over several steps. Values along a chain decay too fast or too
slowly, by a factor that depends only on the distance.

Reported in younggyoseo/FastTD3#6 (n-step returns bootstrapped with gamma to the power of one).
"""

from __future__ import annotations

from dataclasses import replace

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="discount-exponent",
    component="value targets",
    look_at="every use of gamma: once per step, and gamma ** n over n steps",
    wrong="target = gamma * (reward + gamma * (1 - terminated) * v_next)",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="gamma squared",
            change=lambda t: t.change(learner=replace(t.learner, gamma=t.learner.gamma**2)),
        ),
        Form(
            name="square root of gamma",
            change=lambda t: t.change(learner=replace(t.learner, gamma=t.learner.gamma**0.5)),
        ),
        Form(
            name="gamma also on the reward",
            change=lambda t: t.change(reward=t.learner.gamma * t.reward),
        ),
    ),
    module=__name__,
)
