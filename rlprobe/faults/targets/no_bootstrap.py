"""Nothing is bootstrapped: the target is the reward alone.

The value of the next state is left out, multiplied by a mask that is always 0, or replaced by 0. The value of
every state is its mean next reward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _rewards_alone(t: Transitions) -> Transitions:
    """The next reward, or the next n of them."""
    gamma, steps = t.learner.gamma, t.learner.n_step
    if steps > 1:
        t = over_steps(t, steps, reward_discount=gamma, last_discount=gamma)
    return t.change(bootstrap_mask=np.zeros_like(t.bootstrap_mask), final_bonus=np.zeros_like(t.final_bonus))


FAULT = Fault(
    id="no-bootstrap",
    component="value targets",
    look_at="the line that adds the value of the next state to the reward, and its mask",
    wrong="target = reward",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="the reward alone",
            change=_rewards_alone,
            needs="bootstrap",
            actor_on={"WillToLive": "any"},
        ),
    ),
    module=__name__,
)
