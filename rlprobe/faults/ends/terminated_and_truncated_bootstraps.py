"""A step that is both terminated and truncated bootstraps.

The code asks for ``truncated`` first; but when a task ends on the very step on which its time runs
out, nothing follows, and the value after it is zero.

Reported in DexForce/EmbodiChain#612 and ray-project/ray#59958.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="terminated-and-truncated-bootstraps",
    component="value targets",
    look_at="the order in which the two flags are asked: `terminated` wins",
    forms=(
        Form(
            name="value of the last observation",
            change=lambda rows: rows.change(mask=np.where(rows.truncated, 1.0, rows.mask)),
        ),
        Form(
            name="value of the next start",
            change=lambda rows: rows.change(
                mask=np.where(rows.truncated, 1.0, rows.mask),
                boot=np.where(rows.truncated & rows.terminated, rows.seen[rows.after], rows.boot),
            ),
        ),
    ),
    module=__name__,
)
