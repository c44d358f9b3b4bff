"""An agent that crashes because its loss is NaN is told why."""

from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from rlprobe.scripts import script_agent

torch = pytest.importorskip("torch")


class Crashes:
    """Learns from one loss, and from then on its weights are NaN."""

    actions = ("continuous",)

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        self.net = torch.nn.Linear(1, 1)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)
        self.low, self.high = (float(x.reshape(-1)[0]) for x in (env.action_space.low, env.action_space.high))
        env.reset(seed=setting.seed)

    def loss(self, out):
        """What it learns from."""
        raise NotImplementedError

    def learn(self, steps):
        """One update per step, in episodes of one."""
        for _ in range(steps):
            self.env.step(np.full(self.env.action_space.shape, self.high, np.float32))
            self.env.reset()
            self.optimizer.zero_grad()
            self.loss(self.net(torch.ones(8, 1))).backward()
            self.optimizer.step()
            torch.distributions.Normal(self.net(torch.ones(8, 1)), 1.0)

    def act(self, observations):
        """Always the upper bound."""
        return np.full((len(observations), *self.env.action_space.shape), self.high, np.float32)


class ScaledCorrection(Crashes):
    """Corrects its density at the action of the environment."""

    def loss(self, out):
        """Minus the log-density of the scaled action."""
        action = self.low + (torch.tanh(out + 2.0) + 1) / 2 * (self.high - self.low)
        return -torch.log(1 - action.pow(2) + 1e-6).mean()


class OneReturn(Crashes):
    """Normalises the returns of its episode, of one step."""

    def loss(self, out):
        """Values against a single normalised return."""
        returns = torch.ones(1)
        return (out - (returns - returns.mean()) / (returns.std() + 1e-8)).pow(2).mean()


class LogOfNothing(Crashes):
    """Takes the logarithm of a probability that is 0."""

    def loss(self, out):
        """No small number is added to it."""
        return -torch.log(out * 0.0).mean()


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize(
    ("agent", "named"), [(ScaledCorrection, "squash-correction-scaled"), (OneReturn, "advantage-std-nan")]
)
def test_what_made_the_loss_nan_is_named(agent, named):
    """The run ends with an error, and its cause is a fault."""
    report = rlprobe.diagnose(agent, seeds=1, only=["BoxTarget"], most_steps=1_000)
    assert [cause.fault for cause in report.causes] == [named], str(report)
    assert report.verdict == "faulty"
    if agent is OneReturn:
        assert "Error" in report.results[0].why, "it ended the run"


def test_a_loss_that_may_be_nan_for_several_reasons_is_told_with_the_error():
    """The numbers of the tensor are left out of the line."""
    report = rlprobe.diagnose(LogOfNothing, seeds=1, only=["BoxTarget"], most_steps=1_000)
    ((_, failure),) = report.crashes
    assert failure.error.endswith("a loss is NaN or infinite because it takes the logarithm of 0")
    assert "[nan..." in failure.error
    assert len(failure.error) < 400
    assert report.verdict == "inconclusive"


SCRIPT = """
import gymnasium as gym
import numpy as np
import torch

env = gym.make("Pendulum-v1")
low, high = torch.as_tensor(env.action_space.low), torch.as_tensor(env.action_space.high)
actor = torch.nn.Linear(env.observation_space.shape[0], env.action_space.shape[0])
optimizer = torch.optim.Adam(actor.parameters(), lr=0.01)
obs, _ = env.reset()
for _ in range(100_000):
    normal = torch.distributions.Normal(actor(torch.as_tensor(obs, dtype=torch.float32)), 1.0)
    u = normal.rsample()
    action = low + (torch.tanh(u) + 1) / 2 * (high - low)
    log_prob = normal.log_prob(u) - torch.log(1 - action.pow(2) + 1e-6)
    obs, reward, terminated, truncated, _ = env.step(action.detach().numpy())
    loss = (log_prob * reward).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if terminated or truncated:
        obs, _ = env.reset()
"""


@pytest.mark.slow
def test_a_script_is_told_too(tmp_path):
    """What was seen in its process is asked for after its end."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["BoxTarget"], budget=60)
    assert [cause.fault for cause in report.causes] == ["squash-correction-scaled"], str(report)
