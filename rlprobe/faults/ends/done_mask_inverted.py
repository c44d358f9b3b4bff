"""The mask of the next value is inverted.

The flag itself is used where its opposite is meant: targets bootstrap where the episode has ended, and
nowhere else. Every step but the last is worth its reward alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _by_termination(t: Transitions) -> Transitions:
    return t.change(bootstrap_mask=t.terminated.astype(float))


def _by_any_end(t: Transitions) -> Transitions:
    return t.change(bootstrap_mask=t.ended.astype(float))


def _by_any_end_in_rollouts(t: Transitions) -> Transitions:
    """Targets bootstrap from the next episode at an end, and sums of advantages run on there."""
    return t.change(
        bootstrap_mask=t.ended.astype(float),
        trace_mask=t.ended.astype(float),
        bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
    )


FAULT = Fault(
    id="done-mask-inverted",
    component="value targets",
    look_at="the factor of the bootstrapped value: (1 - terminated), not terminated; and what the buffer "
    "stores under the name of the mask",
    wrong="target = reward + gamma * terminated * v_next",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(name="terminated in place of its opposite", change=_by_termination, needs="bootstrap"),
        Form(name="done of both kinds in place of its opposite", change=_by_any_end, needs="bootstrap"),
        Form(
            name="in rollouts, also in the sum of the advantages",
            change=_by_any_end_in_rollouts,
            needs="eligibility",
        ),
    ),
    module=__name__,
)
