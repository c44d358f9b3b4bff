"""The value at a time limit is counted twice.

It is added to the reward of the truncated step, as some libraries do, and the target bootstraps at that step
as well, because only terminations are masked. Each is right, both together are not: values grow, often
without bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _twice(t: Transitions) -> Transitions:
    return t.change(final_bonus=(t.truncated & ~t.terminated).astype(float))


def _twice_in_returns(t: Transitions) -> Transitions:
    """The sum of rewards runs on into the next episode as well."""
    cut = t.truncated & ~t.terminated
    return _twice(t).change(
        bootstrap=np.where(cut, t.observation[t.following], t.bootstrap),
        trace_mask=np.where(cut, 1.0, t.trace_mask),
    )


FAULT = Fault(
    id="truncation-bootstraps-twice",
    component="value targets",
    look_at="both places where the value at a time limit may be added: to the reward, or by the mask of the "
    "bootstrap; keep one of them",
    wrong="""
if truncated:
    reward += gamma * value(next_obs)
target = reward + gamma * (1 - terminated) * value(next_obs)
""",
    right="target = reward + gamma * (1 - terminated) * value(next_obs)",
    forms=(
        Form(name="in the reward and in the bootstrap", change=_twice, needs="bootstrap"),
        Form(
            name="in the reward and in the sum of rewards",
            change=_twice_in_returns,
            needs="eligibility",
            at_ends=True,
        ),
    ),
    module=__name__,
)
