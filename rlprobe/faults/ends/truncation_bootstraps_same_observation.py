"""A truncated step bootstraps from the observation before the step.

The value of the state that was left is added instead of the value of the state that was reached.

Reported in DexForce/EmbodiChain#610.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="truncation-bootstraps-same-observation",
    component="value targets",
    look_at="which observation is passed to the critic at a truncation: it must be the one after the step",
    wrong="""
if truncated:
    reward += gamma * value(obs)
""",
    right="""
if truncated:
    reward += gamma * value(next_obs)
""",
    forms=(
        Form(
            name="value of the state left",
            change=lambda t: t.change(
                bootstrap=np.where(
                    t.truncated & ~t.terminated,
                    t.observation[t.current],
                    t.bootstrap,
                )
            ),
            needs="bootstrap",
        ),
    ),
    module=__name__,
)
