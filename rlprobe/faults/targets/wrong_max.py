"""The next state is not valued by its best action.

The target takes the number of the best action in place of its value, the mean or the least of the action
values, the action that was best in the state before, or the largest value of the whole batch, where the
axis was forgotten.

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
    """With one action its number is 0, and so is what is bootstrapped."""
    return t.change(bootstrap_mask=np.zeros_like(t.bootstrap_mask))


def _index_of_best(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.argmax(axis=1)[ahead.target], dtype=np.float64)


def _mean(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.mean(axis=1)[ahead.target])


def _least(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q.min(axis=1)[ahead.target])


def _best_before(ahead: NextStates) -> NDArray[np.float64]:
    return np.asarray(ahead.Q[ahead.target, ahead.Q.argmax(axis=1)[ahead.source]])


def _largest(t: Transitions) -> Transitions:
    """Every target bootstraps from the observation that has the largest value of all next ones."""
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
    look_at="how the value of the next state is taken from its action values: `max(dim=1).values`, of the "
    "next state",
    wrong="v_next = q_target(next_obs).argmax(dim=1)",
    right="v_next = q_target(next_obs).max(dim=1).values",
    forms=(
        Form(name="number of the best action", change=_index, lookahead=_index_of_best, needs="one-step"),
        Form(name="mean of the actions", lookahead=_mean, needs="one-step"),
        Form(name="least of the actions", lookahead=_least, needs="one-step"),
        Form(name="best action of the state before", lookahead=_best_before, needs="one-step"),
        Form(
            name="largest value of the batch", change=_largest, lookahead=_largest_of_batch, needs="one-step"
        ),
    ),
    module=__name__,
)
