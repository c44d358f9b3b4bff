"""Rows of experience that are stored in rollouts, at whose ends sums of advantages end as well.

A fault that looks at the next row spares the last row of a rollout: the shorter the rollouts, the nearer
to right is what it teaches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Form
    from rlprobe.faults.transitions import Learner, Rows

LONGEST = 16
"""Length of rollouts from which on their ends hardly matter."""


def in_rollouts(rows: Rows, length: int) -> Rows:
    """The same rows in rollouts of ``length``: row ``i`` at place ``p`` of them is ``i * length + p``.

    Rollouts begin anywhere in an episode, each place being as frequent.
    """
    place = np.arange(length)
    return rows.pairs(
        np.repeat(np.arange(len(rows.row)), length),
        seen=np.repeat(rows.seen, length),
        weight=np.repeat(rows.weight, length) / length,
        between=np.repeat(rows.between, length),
        row=(rows.row[:, None] * length + place).ravel(),
        after=(rows.after[:, None] * length + (place + 1) % length).ravel(),
        last=np.tile(place == length - 1, len(rows.row)),
    )


def with_rollout(learner: Learner, forms: tuple[Form, ...], declared: int | None) -> Learner:
    """The learner with the length of its rollouts, where that matters and they are short."""
    length = declared or learner.rollout
    matters = any(form.at_ends for form in forms) and length is not None and length <= LONGEST
    return replace(learner, rollout=length if matters else None)
