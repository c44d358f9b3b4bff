"""Termination does not stop the bootstrap.

The target adds a next value even after a terminal state, so a single reward of 1 is worth 1 / (1 - gamma).
The value comes from the last observation (in replay buffers) or from the first observation of the next
episode (in rollouts of vector environments). In a table it does no harm where final states are states of
their own, as in FrozenLake: no step starts there, so they keep their first value, 0. It does harm in
Blackjack, and in every network, which gives final states a value that it learned elsewhere.

Reported as a missing mask in rlkit#96 and in the mutation studies of Nikanjam et al. (2021).
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="termination-ignored",
    component="value targets",
    look_at="the factor (1 - terminated) of the bootstrapped value; a table can do without it only where no "
    "step starts in a final state",
    wrong="target = reward + gamma * v_next",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="bootstraps from the last observation",
            change=lambda t: t.change(bootstrap_mask=np.ones_like(t.bootstrap_mask)),
            needs="bootstrap",
        ),
        Form(
            name="bootstraps from the next episode",
            change=lambda t: t.change(
                bootstrap_mask=np.ones_like(t.bootstrap_mask),
                bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
            ),
            needs="bootstrap",
        ),
        Form(
            name="bootstraps from the next episode, and from the last observation at a time limit",
            change=lambda t: t.change(
                bootstrap_mask=np.ones_like(t.bootstrap_mask),
                bootstrap=np.where(t.ended & ~t.truncated, t.observation[t.following], t.bootstrap),
            ),
            needs="bootstrap",
        ),
        Form(
            name="done is never used",
            change=lambda t: t.change(
                bootstrap_mask=np.ones_like(t.bootstrap_mask),
                trace_mask=np.ones_like(t.trace_mask),
                bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
            ),
            needs="bootstrap",
        ),
    ),
    module=__name__,
)
