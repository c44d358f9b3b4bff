"""All environments of a vector environment share one seed.

All environments play the same episodes. A batch of four environments then contains no more experience than
one, and its advantages are not independent.

Reported in hill-a/stable-baselines#675 and ray-project/ray#46986.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="shared-seed",
    component="environments",
    look_at="where the environments are seeded: environment i needs `seed + i`",
    wrong="envs.reset(seed=[seed] * num_envs)",
    right="envs.reset(seed=seed)  # environment i gets seed + i",
    forms=(),
    module=__name__,
)
