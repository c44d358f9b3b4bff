"""Every step of an episode gets the return of its first step.

The return is computed once per episode and used for all of its steps. So a step also gets the rewards from
before it. Along a chain all values are equal.

Reported in udacity/deep-reinforcement-learning#42.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import discount_so_far, monte_carlo, returns_so_far, returns_to_go

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _whole(t: Transitions) -> Transitions:
    return monte_carlo(t, returns_so_far(t) + discount_so_far(t) * returns_to_go(t))


FAULT = Fault(
    id="whole-return-every-step",
    component="returns",
    look_at="the loop that turns the rewards of an episode into returns: each step needs its own, from that "
    "step on",
    wrong="""
total = sum(gamma**t * r for t, r in enumerate(rewards))
returns = [total] * len(rewards)
""",
    right="""
returns, total = [], 0.0
for r in reversed(rewards):
    total = r + gamma * total
    returns.insert(0, total)
""",
    forms=(Form(name="the return of the first step", change=_whole, needs="monte-carlo"),),
    module=__name__,
)
