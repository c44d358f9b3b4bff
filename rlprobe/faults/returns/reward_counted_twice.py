"""The reward of a step counts twice.

A return contains the reward of its own step. Code that adds this reward to the return, as it would add it to
the next value in a TD target, counts it twice. All later rewards count once, so values are not off by one
factor: the last one is twice what it should be, and the first one is right where only the end pays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import mean_reward, monte_carlo, returns_to_go

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _twice(t: Transitions) -> Transitions:
    return monte_carlo(t, mean_reward(t) + returns_to_go(t))


FAULT = Fault(
    id="reward-counted-twice",
    component="returns",
    look_at="the line that makes targets of returns: a return contains the reward of its step already",
    wrong="target = rewards + discounted_returns",
    right="target = discounted_returns",
    forms=(
        Form(
            name="in the return",
            change=_twice,
            needs="monte-carlo",
            actor_on={"WillToLive": "any"},
        ),
    ),
    module=__name__,
)
