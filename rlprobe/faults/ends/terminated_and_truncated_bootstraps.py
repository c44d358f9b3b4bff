"""A step that is both terminated and truncated bootstraps.

The code checks ``truncated`` first. But if a task terminates on the very step at which its time limit is
reached, no state follows, and the value after it is zero.

Reported in DexForce/EmbodiChain#612 and ray-project/ray#59958.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="terminated-and-truncated-bootstraps",
    component="value targets",
    look_at="the order in which the two flags are checked: `terminated` comes first",
    wrong="""
if truncated:
    reward += gamma * value(next_obs)
""",
    right="""
if truncated and not terminated:
    reward += gamma * value(next_obs)
""",
    forms=(
        Form(
            name="value of the last observation",
            change=lambda t: t.change(bootstrap_mask=np.where(t.truncated, 1.0, t.bootstrap_mask)),
        ),
        Form(
            name="value of the next start",
            change=lambda t: t.change(
                bootstrap_mask=np.where(t.truncated, 1.0, t.bootstrap_mask),
                bootstrap=np.where(
                    t.truncated & t.terminated,
                    t.observation[t.following],
                    t.bootstrap,
                ),
            ),
        ),
    ),
    module=__name__,
)
