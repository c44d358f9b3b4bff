"""The last step of a rollout bootstraps from the wrong value.

The value after the last step is that of the observation before it, or is left out. The error reaches back
over the rollout, less and less, so it is large with short rollouts and hardly to be seen with long ones.
There is none where the end of the rollout is always the end of an episode.

Reported in DLR-RM/stable-baselines3#183 and ShangtongZhang/DeepRL#36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _value_before(t: Transitions) -> Transitions:
    return t.change(bootstrap=np.where(t.ends_rollout, t.observation[t.current], t.bootstrap))


def _left_out(t: Transitions) -> Transitions:
    return t.change(bootstrap_mask=np.where(t.ends_rollout, 0.0, t.bootstrap_mask))


def _value_before_unless_ended(t: Transitions) -> Transitions:
    """As in loops that add the value at a time limit to the reward of that step."""
    wrong = t.ends_rollout & ~t.ended
    return t.change(bootstrap=np.where(wrong, t.observation[t.current], t.bootstrap))


def _left_out_unless_ended(t: Transitions) -> Transitions:
    return t.change(bootstrap_mask=np.where(t.ends_rollout & ~t.ended, 0.0, t.bootstrap_mask))


FELT_UP_TO = 64
"""A value that is left out lowers those of a loop by a tenth even with rollouts of so many steps."""

FAULT = Fault(
    id="stale-last-value",
    component="advantage estimation",
    look_at="the value after the last step of the rollout: that of the observation the rollout ended with",
    wrong="last_value = values[-1]",
    right="last_value = critic(next_obs)",
    forms=(
        Form(
            name="value of the observation before",
            change=_value_before,
            needs="eligibility",
            at_ends=True,
        ),
        Form(
            name="left out",
            change=_left_out,
            needs="eligibility",
            at_ends=True,
            longest_rollout=FELT_UP_TO,
        ),
        Form(
            name="value of the observation before, truncation valued in the reward",
            change=_value_before_unless_ended,
            needs="eligibility",
            at_ends=True,
        ),
        Form(
            name="left out, truncation valued in the reward",
            change=_left_out_unless_ended,
            needs="eligibility",
            at_ends=True,
            longest_rollout=FELT_UP_TO,
        ),
    ),
    module=__name__,
)
