"""The mask of the next value also removes the value of the state.

The TD error is written ``r + (1 - done) * (gamma * v_next - v)``. At the last step of an episode it is then
the reward alone, whatever the critic already predicts. The critic's target there is its own value plus the
reward, so its value grows without bound. Only rewards with a mean of 0 do no harm. If the value is subtracted
nowhere, as in ``Q += alpha * (r + gamma * max Q')``, the values of all states grow.

Reported in AI4Finance-Foundation/ElegantRL#183.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _masked(t: Transitions) -> Transitions:
    return t.change(own_mask=np.where(t.terminated, 0.0, t.own_mask))


def _masked_at_any_end(t: Transitions) -> Transitions:
    going_on = np.where(t.ended, 0.0, 1.0)
    return t.change(own_mask=going_on, bootstrap_mask=t.bootstrap_mask * going_on)


def _never_subtracted(t: Transitions) -> Transitions:
    return t.change(own_mask=np.zeros_like(t.own_mask))


FAULT = Fault(
    id="td-error-masked",
    component="advantage estimation",
    look_at="the brackets in the TD error: only the next value is multiplied by (1 - done), and the value of "
    "the state is always subtracted",
    wrong="delta = reward + (1 - done) * (gamma * v_next - v)",
    right="delta = reward + gamma * (1 - done) * v_next - v",
    forms=(
        Form(name="at terminations", change=_masked),
        Form(name="at terminations and truncations", change=_masked_at_any_end),
        Form(name="everywhere", change=_never_subtracted),
    ),
    module=__name__,
)
