"""Observations standardised and rewards scaled, trained, saved, resumed and evaluated.

Run it with ``python examples/normalize_and_scale.py``; it needs nothing but rlprobe.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import gymnasium as gym

from rlprobe import NormalizeAll, RewardScale


def make():
    """The stack, innermost first: environment, rewards, observations."""
    return NormalizeAll(RewardScale(gym.make("Pendulum-v1"), gamma=0.95))


def play(env, steps):
    """Random actions; the sum of the task's own rewards."""
    env.reset(seed=0)
    env.action_space.seed(0)
    total = 0.0
    for _ in range(steps):
        _, _, terminated, truncated, info = env.step(env.action_space.sample())
        total += info["rlprobe"]["raw_reward"]
        if terminated or truncated:
            env.reset()
    return total


env = make()
play(env, 1000)
print(env.stats)
print(f"rewards are divided by {env.env.scale:.3f}; {env.clipped} values clipped")

folder = Path(tempfile.mkdtemp())
env.save(folder / "observations.npz")
env.env.save(folder / "rewards.npz")

resumed = make()
resumed.load(folder / "observations.npz")
resumed.env.load(folder / "rewards.npz")
play(resumed, 500)
print(f"resumed: {resumed.stats.count} observations counted")

evaluation = NormalizeAll(gym.make("Pendulum-v1"), stats=resumed.stats, update=False)
observation, _ = evaluation.reset(seed=1)
print("first observation in evaluation:", observation.round(2), "still", resumed.stats.count)
