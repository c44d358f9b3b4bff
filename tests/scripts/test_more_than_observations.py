"""Scripts whose values or rewards depend on more than the observation that the probe shows."""

from __future__ import annotations

import pytest

import rlprobe
from rlprobe.scripts import script_agent

HISTORY = """
from collections import deque
import gymnasium as gym
import numpy as np
from stable_baselines3 import DQN

class History(gym.Wrapper):
    def __init__(self, env, k=2):
        super().__init__(env)
        self.frames = deque(maxlen=k)
        low, high = np.tile(env.observation_space.low, k), np.tile(env.observation_space.high, k)
        self.observation_space = gym.spaces.Box(low, high, dtype=np.float32)
    def reset(self, **options):
        first, info = self.env.reset(**options)
        self.frames.extend([first] * self.frames.maxlen)
        return np.concatenate(self.frames), info
    def step(self, action):
        after, *others = self.env.step(action)
        self.frames.append(after)
        return np.concatenate(self.frames), *others

DQN("MlpPolicy", History(gym.make("CartPole-v1")), learning_starts=100).learn(50_000)
"""
GOALS = """
import gymnasium as gym
import numpy as np

class Reach(gym.Env):
    observation_space = gym.spaces.Dict(
        observation=gym.spaces.Box(0, 1, (4,)), desired_goal=gym.spaces.Box(0, 1, (4,))
    )
    action_space = gym.spaces.Discrete(2)
    def compute_reward(self, achieved, desired, info):
        return -float(np.abs(achieved - desired).max() > 0.1)

gym.register("Reach-v0", entry_point=Reach, max_episode_steps=20)
env = gym.make("Reach-v0")
q, table = {}, lambda s: tuple(np.round(s["observation"], 3))
for episode in range(100_000):
    state, _ = env.reset()
    over = False
    while not over:
        action = env.action_space.sample()
        after, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
        later = env.unwrapped.compute_reward(after["observation"], after["observation"], {})
        for r in (reward, later):
            now = q.setdefault(table(state), np.zeros(2))
            future = 0.0 if terminated else q.setdefault(table(after), np.zeros(2)).max()
            now[action] += 0.1 * (r + 0.95 * future - now[action])
        state = after
"""


@pytest.mark.slow
@pytest.mark.parametrize("text", [HISTORY, GOALS], ids=["history", "goals"])
def test_no_fault_is_named_where_values_cannot_be_compared(tmp_path, text):
    """Whatever they are."""
    pytest.importorskip("stable_baselines3")
    script = tmp_path / "train.py"
    script.write_text(text)
    only = ["Decoder", "RewardSet", "ContextBandit"]
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=only, budget=40)
    assert report.verdict in {"healthy", "inconclusive"}, str(report)
    assert not report.causes
