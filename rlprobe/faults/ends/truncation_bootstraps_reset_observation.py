"""A truncated step bootstraps from the first observation of the next episode.

With same-step autoreset, a vector environment returns the first observation of the next episode and puts the
last one into ``info["final_obs"]``. Code that bootstraps from the returned observation gives the truncated
state the value of a start state.

Reported in vwxyzjn/cleanrl#460 and in DLR-RM/stable-baselines3 before 1.6.0.
"""

from __future__ import annotations

import numpy as np

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="truncation-bootstraps-reset-observation",
    component="value targets",
    look_at="where the last observation comes from: `info['final_obs']`, not what step returned",
    wrong="""
obs, reward, terminated, truncated, info = envs.step(action)
target = reward + gamma * (1 - terminated) * value(obs)  # of the next episode
""",
    right="""
final = obs.copy()
for i in np.flatnonzero(truncated):  # same-step autoreset
    final[i] = info["final_obs"][i]
target = reward + gamma * (1 - terminated) * value(final)
""",
    forms=(
        Form(
            name="value of the next start",
            change=lambda t: t.change(
                bootstrap=np.where(
                    t.truncated & ~t.terminated,
                    t.observation[t.following],
                    t.bootstrap,
                )
            ),
            needs="bootstrap",
        ),
    ),
    module=__name__,
)
