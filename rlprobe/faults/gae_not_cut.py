"""The advantage recursion is not cut at the end of an episode.

Generalised advantages are summed backwards through the rollout; without the factor
(1 - done) the next episode's advantages leak into this one. The targets then overshoot by
1 / (1 - gamma lambda), and a critic that fits them well diverges.

Reported in vietnh1009/Super-mario-bros-PPO#21. No effect at lambda = 0.
"""

from __future__ import annotations

import numpy as np

from rlprobe.fault import Fault, Form

FAULT = Fault(
    id="gae-not-cut",
    component="advantage estimation",
    look_at="the running sum of the advantages: it must be multiplied by (1 - done) of the same step",
    forms=(
        Form(
            name="eligibility runs on",
            change=lambda rows: rows.change(cut=np.ones_like(rows.cut)),
            needs="eligibility",
        ),
    ),
    module=__name__,
)
