"""The done flag is read one step late.

The last step of an episode bootstraps from the next episode. The first step of the next episode is treated
as a last step. This is the mirror image of done-one-early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions

TINY = 1e-300


def _late(t: Transitions) -> Transitions:
    weight = t.succession_weight
    ended = np.bincount(t.following, weight * t.ended, len(t.observation))
    share = ended / np.maximum(np.bincount(t.following, weight, len(t.observation)), TINY)
    bootstrap_mask = 1.0 - share[t.current]
    return t.change(
        bootstrap_mask=bootstrap_mask,
        trace_mask=bootstrap_mask,
        bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
    )


def _late_with_bonus(t: Transitions) -> Transitions:
    """The value of the final observation is added to the reward of a truncated step, whatever the flag."""
    return _late(t).change(final_bonus=(t.truncated & ~t.terminated).astype(float))


FAULT = Fault(
    id="done-one-late",
    component="value targets",
    look_at="the index of `dones` in the loop over the rollout, and the moment at which it is stored",
    wrong="""
delta = rewards[t] + gamma * (1 - dones[t]) * values[t + 1] - values[t]
# where dones[t] says that step t begins an episode
""",
    right="delta = rewards[t] + gamma * (1 - dones[t + 1]) * values[t + 1] - values[t]",
    forms=(
        Form(name="in rollouts", change=_late),
        Form(name="in rollouts, truncation valued in the reward", change=_late_with_bonus),
    ),
    module=__name__,
)
