"""The done flag is read one step early.

The step before the last one is treated as the last, and the last step bootstraps into the next
episode. An off-by-one in the rollout loop, where ``dones[t + 1]`` and ``dones[t]`` mean different
things in different code bases.

Reported in DLR-RM/stable-baselines3#105 and hill-a/stable-baselines#385.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Rows


def _early(rows: Rows) -> Rows:
    """The last row of a rollout has no flag after it, and keeps its own."""
    ends = np.zeros(len(rows.seen), bool)
    ends[rows.row[rows.ended]] = True
    mask = np.where(np.where(rows.last, rows.ended, ends[rows.after]), 0.0, 1.0)
    return rows.change(mask=mask, cut=mask, boot=np.where(rows.ended, rows.seen[rows.after], rows.boot))


def _early_in_replay(rows: Rows) -> Rows:
    return _early(rows).change(boot=rows.boot)


def _early_with_bonus(rows: Rows) -> Rows:
    """A truncated step has the value of its final observation in its reward, whatever the flags say."""
    return _early(rows).change(bonus=(rows.truncated & ~rows.terminated).astype(float))


FAULT = Fault(
    id="done-one-early",
    component="value targets",
    look_at="the index of `dones` in the loop over the rollout, and when it is stored",
    forms=(
        Form(name="in rollouts", change=_early, at_ends=True),
        Form(name="in rollouts, truncation valued in the reward", change=_early_with_bonus, at_ends=True),
        Form(name="in replay", change=_early_in_replay, needs="one-step"),
    ),
    module=__name__,
)
