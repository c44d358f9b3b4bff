"""Watch a random policy first: does it ever do the right thing by chance?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import gymnasium as gym

import rlprobe

folder = Path(tempfile.mkdtemp())
env = gym.make("CartPole-v1", render_mode="rgb_array")
recording = rlprobe.record_random(env, folder / "random.mp4", episodes=5, seed=0, keep="best")
env.close()
print(recording)
print("the seeds and actions that replay it:", folder / "random.mp4.json")
