"""All environments of a vector environment share one seed.

They run through the same episodes side by side: a batch of four environments holds no more experience than
one of them, and its advantages are not independent.

Reported in hill-a/stable-baselines#675 and ray-project/ray#46986.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="shared-seed",
    component="environments",
    look_at="where the environments are seeded: environment i gets `seed + i`",
    wrong="envs.reset(seed=[seed] * num_envs)",
    right="envs.reset(seed=seed)  # environment i gets seed + i",
    forms=(),
    module=__name__,
)
