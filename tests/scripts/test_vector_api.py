"""Scripts written for vector environments as before Gymnasium 1.0."""

from __future__ import annotations

import pytest

import rlprobe
from rlprobe.scripts import script_agent

TABLE = """
import gymnasium as gym
import numpy as np

gamma, alpha, n = 0.95, 0.2, 2
envs = gym.vector.SyncVectorEnv([lambda: gym.make("FrozenLake-v1") for _ in range(n)])
q_table = np.zeros((16, 4))
rng = np.random.default_rng(0)
states, _ = envs.reset(seed=0)
for step in range(50_000):
    actions = np.where(rng.random(n) < 0.2, rng.integers(0, 4, n), q_table[states].argmax(1))
    next_states, rewards, terminations, truncations, infos = envs.step(actions)
    real = next_states.copy()
    for i in range(n):
        if truncations[i]:
            real[i] = infos["final_observation"][i]
        target = rewards[i] + gamma * (not terminations[i]) * q_table[real[i]].max()
        q_table[states[i], actions[i]] += alpha * (target - q_table[states[i], actions[i]])
    states = next_states
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "verdict", "name"),
    [
        ("(not terminations[i])", "healthy", None),
        ("(not (terminations[i] or truncations[i]))", "faulty", "truncation-as-termination"),
    ],
)
def test_a_script_that_needs_the_old_ones_gets_them(tmp_path, wrong, verdict, name):
    """It would crash at the first time limit otherwise, and store resets before it; the report says so."""
    path = tmp_path / "train.py"
    path.write_text(TABLE.replace("(not terminations[i])", wrong))
    report = rlprobe.diagnose(script_agent(path), seeds=1)
    assert report.verdict == verdict, str(report)
    assert name in {None, *(cause.fault for cause in report.causes[:1])}
    assert "cannot run with Gymnasium 1.0" in str(report)
