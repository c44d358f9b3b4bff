"""Each step is credited with its own reward only.

``gamma ** t * r_t`` is computed for every step, or ``r_t`` taken as it is, but the sum over the later steps
is missing. The later rewards of an action do not count.

Reported in hunkim/ReinforcementZeroToAll#1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import discount_so_far, mean_reward, monte_carlo

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _own_reward(t: Transitions) -> Transitions:
    return monte_carlo(t, discount_so_far(t) * mean_reward(t))


FAULT = Fault(
    id="no-reward-to-go",
    component="returns",
    look_at="the loop that turns the rewards of an episode into returns: each return is the sum of the "
    "rewards from that step on",
    wrong="returns = [gamma**t * r for t, r in enumerate(rewards)]",
    right="""
returns, total = [], 0.0
for r in reversed(rewards):
    total = r + gamma * total
    returns.insert(0, total)
""",
    forms=(
        Form(name="discounted, not summed", change=_own_reward, needs="monte-carlo"),
        Form(
            name="the reward itself",
            change=lambda t: monte_carlo(t, mean_reward(t)),
            needs="monte-carlo",
            actor_on={"WillToLive": "any"},
        ),
    ),
    module=__name__,
)
