"""The done flag is read one step early.

The step before the last one is treated as the last. The last step itself bootstraps from the next episode.
It is an off-by-one in the rollout loop: ``dones[t]`` belongs to step ``t`` in some code bases and to step
``t - 1`` in others.

Reported in DLR-RM/stable-baselines3#105 and hill-a/stable-baselines#385.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _early(t: Transitions) -> Transitions:
    """The last transition of a rollout has no flag after it and keeps its own."""
    ends = np.zeros(len(t.observation), bool)
    ends[t.current[t.ended]] = True
    bootstrap_mask = np.where(np.where(t.ends_rollout, t.ended, ends[t.following]), 0.0, 1.0)
    return t.change(
        bootstrap_mask=bootstrap_mask,
        trace_mask=bootstrap_mask,
        bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
    )


def _early_with_stored_next(t: Transitions) -> Transitions:
    """Each step keeps its next observation; only terminations stop the bootstrap, any end the sum."""
    ends = np.zeros(len(t.observation), bool)
    ends[t.current[t.terminated]] = True
    mask = np.where(np.where(t.ends_rollout, t.terminated, ends[t.following]), 0.0, 1.0)
    return t.change(bootstrap_mask=mask, trace_mask=_early(t).trace_mask)


def _early_in_replay(t: Transitions) -> Transitions:
    return _early(t).change(bootstrap=t.bootstrap)


def _early_with_bonus(t: Transitions) -> Transitions:
    """The value of the final observation is added to the reward of a truncated step, whatever the flag."""
    return _early(t).change(final_bonus=(t.truncated & ~t.terminated).astype(float))


def _early_in_the_sum(t: Transitions) -> Transitions:
    """Each error has its own flag; the sum of errors, as in GAE, has that of the step after."""
    return t.change(trace_mask=_early(t).trace_mask)


FAULT = Fault(
    id="done-one-early",
    component="value targets",
    look_at="the index of `dones` in the loop over the rollout, and the moment at which it is stored",
    wrong="""
delta = rewards[t] + gamma * (1 - dones[t + 1]) * values[t + 1] - values[t]
# where dones[t] says that step t ended the episode
""",
    right="delta = rewards[t] + gamma * (1 - dones[t]) * values[t + 1] - values[t]",
    forms=(
        Form(name="in rollouts", change=_early, at_ends=True),
        Form(name="in rollouts, truncation valued in the reward", change=_early_with_bonus, at_ends=True),
        Form(
            name="in rollouts with next observations",
            change=_early_with_stored_next,
            at_ends=True,
            needs="eligibility",
        ),
        Form(name="in the sum of errors", change=_early_in_the_sum, at_ends=True, needs="lambda-returns"),
        Form(name="in replay", change=_early_in_replay, needs="one-step"),
    ),
    module=__name__,
)
