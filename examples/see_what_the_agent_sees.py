"""Draw the very array that the agent gets: a stack of small grey pictures, and a vector as gauges."""

from __future__ import annotations

import tempfile
from pathlib import Path

import gymnasium as gym
from gymnasium.wrappers import (
    AddRenderObservation,
    FrameStackObservation,
    GrayscaleObservation,
    ResizeObservation,
)
from PIL import Image

from rlprobe import AgentView, FrameSkip
from rlprobe.view import ContactSheet

folder = Path(tempfile.mkdtemp())

env = FrameSkip(gym.make("CartPole-v1", render_mode="rgb_array"), 2)
env = ResizeObservation(GrayscaleObservation(AddRenderObservation(env)), (84, 84))
env = AgentView(FrameStackObservation(env, 4), raw=True)
env.reset(seed=0)
for _ in range(4):
    env.step(1)
Image.fromarray(env.render()).save(folder / "pixels.png")
env.close()

names = ("position", "speed", "angle", "turning")
env = AgentView(gym.make("CartPole-v1"), names=names)
env.reset(seed=0)
env.action_space.seed(0)
for _ in range(12):
    env.step(env.action_space.sample())
Image.fromarray(env.render()).save(folder / "gauges.png")

envs = ContactSheet(gym.make_vec("CartPole-v1", num_envs=4), names=names)
envs.reset(seed=0)
envs.action_space.seed(0)
for _ in range(8):
    envs.step(envs.action_space.sample())
Image.fromarray(envs.sheet()).save(folder / "sheet.png")
envs.close()
print(*sorted(folder.iterdir()), sep="\n")
