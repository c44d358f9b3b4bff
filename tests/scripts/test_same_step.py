"""A vector environment that resets at once: networks are asked of last observations before they act."""

from __future__ import annotations

import pytest

import rlprobe
from rlprobe.scripts import script_agent

pytest.importorskip("torch")
A2C = """
import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn

N, GAMMA = 4, 0.95
envs = SyncVectorEnv([lambda: gym.make("CartPole-v1")] * N, autoreset_mode=AutoresetMode.SAME_STEP)
size = envs.single_observation_space.shape[0]
critic = nn.Sequential(nn.Linear(size, 64), nn.Tanh(), nn.Linear(64, 1))
actor = nn.Sequential(nn.Linear(size, 64), nn.Tanh(), nn.Linear(64, int(envs.single_action_space.n)))
optimizer = torch.optim.Adam([*critic.parameters(), *actor.parameters()], lr=3e-3)
mean, square, count = np.zeros(size), np.ones(size), 1.0

def seen(raw):
    return torch.as_tensor((raw - mean) / np.sqrt(square - mean**2 + 1e-2), dtype=torch.float32)

raw, _ = envs.reset(seed=0)
for step in range(100_000):
    count += 1
    mean = mean + (raw.mean(0) - mean) / count
    square = square + ((raw**2).mean(0) - square) / count
    now = seen(raw)
    with torch.no_grad():
        action = torch.distributions.Categorical(logits=actor(now)).sample()
    raw, reward, terminated, truncated, infos = envs.step(action.numpy())
    last = raw.copy()
    for i in np.flatnonzero(terminated | truncated):
        last[i] = infos["final_obs"][i]
    with torch.no_grad():
        future = critic(seen(last)).squeeze(1) * {mask}
    target = torch.as_tensor(reward, dtype=torch.float32) + GAMMA * future
    advantage = target - critic(now).squeeze(1)
    log_prob = torch.distributions.Categorical(logits=actor(now)).log_prob(action)
    loss = advantage.pow(2).mean() - (log_prob * advantage.detach()).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mask", "fault"),
    [
        ("torch.as_tensor(~terminated)", None),
        ("torch.as_tensor(~(terminated | truncated))", "truncation-as-termination"),
    ],
    ids=["correct", "truncation"],
)
def test_values_of_observations_that_a_script_normalises(tmp_path, mask, fault):
    """Values of last observations are not taken for those of the first ones of the next episodes."""
    script = tmp_path / "train.py"
    script.write_text(A2C.replace("{mask}", mask))
    only = ["Decoder", "RewardSet", "TimeLimitLoop"]
    report = rlprobe.diagnose(script_agent(script), seeds=2, only=only, budget=60)
    assert report.verdict == ("faulty" if fault else "healthy"), str(report)
    assert [cause.fault for cause in report.causes][:1] == ([fault] if fault else [])


SHARED = (
    A2C.replace(
        "critic = nn.Sequential(nn.Linear(size, 64), nn.Tanh(), nn.Linear(64, 1))",
        "body = nn.Sequential(nn.Linear(size, 64), nn.Tanh())\nvalue_head = nn.Linear(64, 1)\n"
        "class Critic(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.body, self.value = body, value_head\n    def forward(self, x):\n"
        "        return self.value(self.body(x))\ncritic = Critic()",
    )
    .replace(
        "nn.Sequential(nn.Linear(size, 64), nn.Tanh(), nn.Linear(64, int",
        "nn.Sequential(body, nn.Linear(64, int",
    )
    .replace("[*critic.parameters(), *actor.parameters()]", "{*critic.parameters(), *actor.parameters()}")
    .replace("{mask}", "torch.as_tensor(~terminated)")
    .replace("(raw - mean) / np.sqrt(square - mean**2 + 1e-2)", "raw")
)


@pytest.mark.slow
@pytest.mark.parametrize(("detached", "fault"), [("", None), (".detach()", "parameters-not-optimised")])
def test_a_value_head_behind_a_trained_body_is_seen_if_it_is_never_trained(tmp_path, detached, fault):
    """Its values move with the body; its weights do not."""
    script = tmp_path / "train.py"
    script.write_text(SHARED.replace("loss = advantage.pow", f"loss = advantage{detached}.pow"))
    report = rlprobe.diagnose(script_agent(script), seeds=2, only=["Decoder", "RewardSet"], budget=60)
    assert [cause.fault for cause in report.causes][:1] == ([fault] if fault else []), str(report)
