"""The target does not use the value of the best next action.

Instead of the maximum over the next actions it uses the index of the best action (``argmax``), the mean or
the minimum of the action values, the action that was best or was taken in the state before, or the maximum of
the whole batch (a missing ``dim``).

Reported in AI4Finance-Foundation/ElegantRL#488 and YangRui2015/2048_env#1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.fixed_point import fixed_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.lookahead import NextStates
    from rlprobe.faults.transitions import Transitions


def _index(t: Transitions) -> Transitions:
    """With one action the index is 0, so the target does not bootstrap."""
    return t.change(bootstrap_mask=np.zeros_like(t.bootstrap_mask))


def _index_of_best(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.argmax(axis=1)[ahead.target], dtype=np.float64)


def _mean(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.mean(axis=1)[ahead.target])


def _least(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.min(axis=1)[ahead.target])


def _best_before(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q[ahead.target, ahead.Q.argmax(axis=1)[ahead.source]])


def _same_action(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q[ahead.target, ahead.action])


def _largest(t: Transitions) -> Transitions:
    """Every target bootstraps from the next observation with the largest value of all."""
    for one in np.unique(t.bootstrap):
        changed = t.change(bootstrap=np.full_like(t.bootstrap, one))
        found = fixed_point(changed).mean
        if found[one] >= found[t.bootstrap].max() - 1e-9:
            return changed
    return t


def _largest_of_batch(ahead: NextStates) -> NDArray[np.float64]:
    return np.full(len(ahead.target), ahead.Q[ahead.target].max())


FAULT = Fault(
    id="wrong-max",
    component="value targets",
    look_at="how the target computes the value of the next state: `max(dim=1).values` of the action values "
    "at the next observation",
    wrong="v_next = q_target(next_obs).argmax(dim=1)",
    right="v_next = q_target(next_obs).max(dim=1).values",
    forms=(
        Form(name="index of the best action", change=_index, lookahead=_index_of_best, needs="one-step"),
        Form(name="mean of the actions", lookahead=_mean, needs="one-step"),
        Form(name="minimum of the actions", lookahead=_least, needs="one-step"),
        Form(name="best action of the state before", lookahead=_best_before, needs="one-step"),
        Form(
            name="largest value of the batch", change=_largest, lookahead=_largest_of_batch, needs="one-step"
        ),
        Form(name="action taken in the state before", lookahead=_same_action, needs="one-step"),
    ),
    module=__name__,
)
