"""The agent acts at every frame: FrameSkip is missing.

Its values are those of the environment without a frame skip: every frame is discounted, and the agent also
acts in states that a skip of 4 would pass over. Wrap the environment, beneath all other wrappers:
``env = FrameSkip(env, 4)``.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="frame-skip-missing",
    component="environment wrappers",
    look_at="the environment, and wrap it in FrameSkip: rlprobe.FrameSkip(env, 4)",
    wrong='env = gym.make("Task-v0")  # acts on every frame',
    right='env = FrameSkip(gym.make("Task-v0"), skip=4)',
    forms=(Form(name="no skip", only_on=frozenset({"SkippedEnd"}), process=lambda mdp: mdp),),
    module=__name__,
)
