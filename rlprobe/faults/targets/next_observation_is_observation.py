"""The next observation equals the observation.

The code stores ``obs`` twice, or both names refer to the same array. Every state then bootstraps from
itself: a reward of 1 is worth 1 / (1 - gamma).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="next-observation-is-observation",
    component="experience storage",
    look_at="where `next_obs` is stored, and whether both arrays share memory",
    wrong="""
obs = next_obs
buffer.add(obs, action, reward, next_obs, terminated)
""",
    right="""
buffer.add(obs, action, reward, next_obs, terminated)
obs = next_obs
""",
    forms=(
        Form(
            name="every state follows itself",
            change=lambda t: t.change(bootstrap=t.observation[t.current]),
            needs="bootstrap",
        ),
    ),
    module=__name__,
)
