"""Termination does not stop the bootstrap.

The value of what follows is added even where nothing follows: a single reward of 1 is worth
1 / (1 - gamma). The value may come from the last observation (replay buffers) or from the first one
of the next episode (rollouts of vector environments).

Reported as a missing mask in rlkit#96 and in the mutation studies of Nikanjam et al. (2021).
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="termination-ignored",
    component="value targets",
    look_at="the factor (1 - terminated) of the bootstrapped value",
    wrong="target = reward + gamma * v_next",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="bootstraps from the last observation",
            change=lambda t: t.change(bootstrap_mask=np.ones_like(t.bootstrap_mask)),
        ),
        Form(
            name="bootstraps from the next episode",
            change=lambda t: t.change(
                bootstrap_mask=np.ones_like(t.bootstrap_mask),
                bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
            ),
        ),
        Form(
            name="episodes are never told apart",
            change=lambda t: t.change(
                bootstrap_mask=np.ones_like(t.bootstrap_mask),
                trace_mask=np.ones_like(t.trace_mask),
                bootstrap=np.where(t.ended, t.observation[t.following], t.bootstrap),
            ),
            needs="eligibility",
        ),
    ),
    module=__name__,
)
