"""Scripts that divide by the standard deviation of a single return go on, and the report says so."""

from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.hooks.deviations import Deviations
from rlprobe.scripts import script_agent

torch = pytest.importorskip("torch")

REINFORCE = """
import gymnasium as gym
import torch

env = gym.make("CartPole-v1")
policy = torch.nn.Linear(env.observation_space.shape[0], int(env.action_space.n))
critic = torch.nn.Linear(env.observation_space.shape[0], 1)
optimizer = torch.optim.Adam([*policy.parameters(), *critic.parameters()], lr=0.02)
gamma = 0.99
while True:
    obs, _ = env.reset()
    log_probs, values, rewards, over = [], [], [], False
    while not over:
        seen = torch.as_tensor(obs)
        dist = torch.distributions.Categorical(logits=policy(seen))
        action = dist.sample()
        obs, reward, terminated, truncated, _ = env.step(action.item())
        log_probs.append(dist.log_prob(action))
        values.append(critic(seen)[0])
        rewards.append(reward)
        over = terminated or truncated
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + gamma * total
        returns.insert(0, total)
    values, returns = torch.stack(values), torch.tensor(returns, dtype=torch.float32)
    advantages = returns - values.detach()
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    loss = (values - returns).pow(2).mean() - (torch.stack(log_probs) * advantages).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("divisor", "remark"),
    [
        ("advantages.std()", True),
        ("advantages.std(correction=0)", False),
    ],
)
def test_a_deviation_of_one_return_is_a_remark_where_only_the_probe_has_episodes_of_one_step(
    tmp_path, divisor, remark
):
    """They end the script with NaN; with 1 instead, its values are right."""
    script = tmp_path / "train.py"
    script.write_text(REINFORCE.replace("advantages.std()", divisor))
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant"], budget=60)
    assert report.verdict == "healthy", str(report)
    assert ("`std()` of a single number" in str(report).replace("\n  ", " ")) == remark
    assert not report.crashes


@pytest.mark.slow
def test_a_deviation_of_one_number_in_longer_episodes_is_named_and_the_rest_is_still_judged(tmp_path):
    """A batch with one number left over is NaN in every environment."""
    script = tmp_path / "train.py"
    whole = "(advantages - advantages.mean()) / (advantages.std() + 1e-8)"
    script.write_text(REINFORCE.replace(whole, "advantages / (advantages[:1].std() + 1e-8)"))
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Decoder"], budget=60)
    assert report.verdict == "faulty", str(report)
    assert [cause.fault for cause in report.causes] == ["advantage-std-nan"]
    assert [result.outcome for result in report.results] == ["pass"], str(report)
    assert not report.crashes


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize("filled", [True, False])
def test_only_single_numbers_are_filled(filled, monkeypatch):
    """Others keep their deviation, and NaN stays NaN."""
    for owner in (torch.Tensor, torch):
        monkeypatch.setattr(owner, "std", owner.std)
    deviations = Deviations(filled=filled)
    deviations.watch(torch)
    one = float(torch.tensor([3.0]).std())
    assert one == 1.0 if filled else np.isnan(one)
    assert float(torch.tensor([1.0, 3.0]).std()) == pytest.approx(2**0.5)
    assert bool(torch.tensor([float("nan")]).std().isnan())
    assert torch.std(torch.tensor([[1.0], [2.0]]), dim=1).isnan().tolist() == [not filled] * 2
    assert deviations.times == 2
    assert bool(deviations.observed) == filled
    assert deviations.undefined != filled
