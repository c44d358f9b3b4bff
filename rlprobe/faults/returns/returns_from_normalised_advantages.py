"""Advantages are normalised first, and the returns are then made of them.

PPO normalises the advantages of a batch for its policy loss. If that happens before ``returns = advantages +
values``, the critic's targets are its own values plus numbers of mean 0 and standard deviation 1. It has
nothing more to learn once all advantages are equal. Differences between states are then right, and an offset
that is common to all of them is not: it stays as it was, or drifts.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

SPREAD = 0.03
"""Small errors are normalised to large ones, so that values stay a little noisy."""

FAULT = Fault(
    id="returns-from-normalised-advantages",
    component="value targets",
    look_at="the order of two lines: the returns are made of the advantages before these are normalised",
    wrong="""
advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
returns = advantages + values
""",
    right="""
returns = advantages + values
advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
""",
    forms=(Form(name="an offset that is not learned", free="offset", spread=SPREAD, needs="eligibility"),),
    module=__name__,
)
