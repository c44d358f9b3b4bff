"""A truncated step bootstraps from the observation before the step.

The target adds the value of the state before the step instead of the value of the state after it.

Reported in DexForce/EmbodiChain#610.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="truncation-bootstraps-same-observation",
    component="value targets",
    look_at="the observation that the critic gets at a truncation: it must be the one after the step",
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
