"""Actions other than the one believed best are hardly ever tried.

Epsilon is 0 from the beginning, falls to 0 at once, or has its schedule inverted; noise or sampling is
switched off while experience is collected. What is never tried is never learned, and the agent stays with
the first action that pays. It shows where the best action was taken in less than 2 % of the steps.

Reported in ray-project/ray#6971.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="epsilon-schedule",
    component="exploration",
    look_at="epsilon or the noise of the actions that are stored: its first value, its schedule, and whether "
    "it is on while experience is collected",
    wrong="""
epsilon = min(1.0, step / decay_steps)
explore = rng.random() > epsilon
""",
    right="""
epsilon = max(0.05, 1.0 - step / decay_steps)
explore = rng.random() < epsilon
""",
    forms=(Form(name="greedy from the beginning", actor="untried"),),
    module=__name__,
)
