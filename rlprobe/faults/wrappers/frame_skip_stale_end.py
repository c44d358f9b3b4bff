"""The frame skip returns a stale observation when the episode ends inside it.

Gymnasium's ``AtariPreprocessing`` and Stable-Baselines3's ``MaxAndSkipEnv`` keep only the last two frames of
a skip. If the episode ends earlier, they return an old observation. At a truncation the critic then
bootstraps from the wrong one. ``rlprobe.FrameSkip`` returns the true last observation.
"""

from __future__ import annotations

from dataclasses import replace

from rlprobe.faults.declaration import Fault
from rlprobe.faults.ends.truncation_bootstraps_same_observation import FAULT as SAME

FAULT = Fault(
    id="frame-skip-stale-end",
    component="environment wrappers",
    look_at="the observation that the frame skip returns when the episode ends before its last frame: use "
    "rlprobe.FrameSkip in its place",
    wrong="""
for i in range(skip):
    obs, reward, terminated, truncated, info = env.step(action)
    if i >= skip - 2:
        last_two[i - skip + 2] = obs
    if terminated or truncated:
        break
return last_two.max(0), ...
""",
    right="""
for _ in range(skip):
    previous, obs = obs, env.step(action)[0]
    ...
return np.maximum(previous, obs), ...  # wherever the skip ended
""",
    forms=tuple(
        replace(form, name="observation before the skip", only_on=frozenset({"SkippedEnd"}))
        for form in SAME.forms
    ),
    module=__name__,
)
