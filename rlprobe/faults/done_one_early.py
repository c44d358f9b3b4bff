"""The done flag is read one step early.

The step before the last one is treated as the last, and the last step bootstraps into the next
episode. An off-by-one in the rollout loop, where ``dones[t + 1]`` and ``dones[t]`` mean different
things in different code bases.

Reported in DLR-RM/stable-baselines3#105 and hill-a/stable-baselines#385.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.fault import Fault, Form

if TYPE_CHECKING:
    from rlprobe.rows import Rows


def _early(rows: Rows) -> Rows:
    ends = np.zeros(len(rows.seen), bool)
    ends[rows.row[rows.ended]] = True
    mask = np.where(ends[rows.after], 0.0, 1.0)
    return rows.change(mask=mask, cut=mask, boot=np.where(rows.ended, rows.seen[rows.after], rows.boot))


def _early_in_replay(rows: Rows) -> Rows:
    return _early(rows).change(boot=rows.boot)


FAULT = Fault(
    id="done-one-early",
    component="value targets",
    look_at="the index of `dones` in the loop over the rollout, and when it is stored",
    forms=(
        Form(name="in rollouts", change=_early),
        Form(name="in replay", change=_early_in_replay, needs="one-step"),
    ),
    module=__name__,
)
