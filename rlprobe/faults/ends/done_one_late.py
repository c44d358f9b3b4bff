"""The done flag is read one step late.

The last step of an episode bootstraps into the next episode, and the first step of the next one is
treated as a last step. The mirror image of done-one-early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Rows

TINY = 1e-300


def _late(rows: Rows) -> Rows:
    weight = rows.pair_weight
    ended = np.bincount(rows.after, weight * rows.ended, len(rows.seen))
    share = ended / np.maximum(np.bincount(rows.after, weight, len(rows.seen)), TINY)
    mask = 1.0 - share[rows.row]
    return rows.change(mask=mask, cut=mask, boot=np.where(rows.ended, rows.seen[rows.after], rows.boot))


def _late_with_bonus(rows: Rows) -> Rows:
    """A truncated step has the value of its final observation in its reward, whatever the flags say."""
    return _late(rows).change(bonus=(rows.truncated & ~rows.terminated).astype(float))


FAULT = Fault(
    id="done-one-late",
    component="value targets",
    look_at="the index of `dones` in the loop over the rollout, and when it is stored",
    forms=(
        Form(name="in rollouts", change=_late),
        Form(name="in rollouts, truncation valued in the reward", change=_late_with_bonus),
    ),
    module=__name__,
)
