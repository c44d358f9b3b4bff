"""The mean of the rewards is subtracted.

Rewards may be scaled but not shifted: a shift changes how much it pays to end an episode early or late. A
constant reward disappears altogether.

Requested as a feature and reported as a bug in openai/baselines#538 and Farama-Foundation/Gymnasium#651.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _centred(t: Transitions) -> Transitions:
    return t.change(reward=t.reward - t.succession_weight @ t.reward)


def _standardised(t: Transitions) -> Transitions:
    centred = _centred(t)
    spread = float(np.sqrt(t.succession_weight @ centred.reward**2))
    return centred.change(reward=centred.reward / max(spread, 1e-8))


FAULT = Fault(
    id="reward-shifted",
    component="reward pipeline",
    look_at="normalisation of rewards or returns: divide by a standard deviation, but subtract nothing",
    wrong="rewards = (rewards - rewards.mean()) / (rewards.std() + 1e-8)",
    right="rewards = rewards / (running_return_std + 1e-8)  # scaled, not shifted",
    forms=(
        Form(name="mean subtracted", change=_centred, actor_on={"WillToLive": "any"}),
        Form(name="mean subtracted and divided", change=_standardised, actor_on={"WillToLive": "any"}),
    ),
    module=__name__,
)
