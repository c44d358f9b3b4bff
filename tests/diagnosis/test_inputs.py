"""What networks are given, and copied to, while an agent learns: memory of zeros, and target networks."""

# ruff: noqa: D101, D102
from __future__ import annotations

import copy

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.diagnosis.training.torch_calls.copies import Copies
from rlprobe.diagnosis.training.torch_calls.watching import torch_calls_seen

torch = pytest.importorskip("torch")
SHOWN = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
CAPACITY, BATCH = 500, 16


class QLearning:
    """Q-learning from a memory of arrays; what differs is said by the subclasses."""

    def __init__(self):
        torch.manual_seed(0)
        self.q = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
        self.target = self.copied()
        self.optimizer = torch.optim.Adam(self.q.parameters(), lr=0.01)
        self.memory, self.stored = np.zeros((CAPACITY, 3), np.float32), 0
        self.rng = np.random.default_rng(0)

    def copied(self):
        return copy.deepcopy(self.q)

    def last(self):
        return self.stored

    def batch(self):
        return torch.as_tensor(self.memory[self.rng.integers(self.last(), size=BATCH)])

    def acts(self, obs):
        with torch.no_grad():
            return int(self.q(obs).argmax())

    def loss(self, s):
        with torch.no_grad():
            target = 1.0 + 0.9 * self.target(s).max(1).values
        return (self.q(s)[:, 0] - target).pow(2).mean()

    steps, every = 120, 10

    def run(self):
        for t in range(self.steps):
            obs = SHOWN[t % 2]
            self.acts(torch.as_tensor(obs))
            self.memory[self.stored], self.stored = obs, self.stored + 1
            loss = self.loss(self.batch())
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.trains_another(obs)
            if t % self.every == 0:
                self.copy()
        return self

    def trains_another(self, obs):
        pass

    def copy(self):
        self.target.load_state_dict(self.q.state_dict())


class SamplesAll(QLearning):
    def last(self):
        return CAPACITY


class MasksTheRest(SamplesAll):
    """Empty rows fill up a batch, and have no weight."""

    def loss(self, s):
        real = s.any(1)
        return (self.q(s)[:, 0] - 1.0).pow(2)[real].mean()


class ActsWithTheTarget(QLearning):
    def acts(self, obs):
        with torch.no_grad():
            return int(self.target(obs).argmax())


class SharesWeights(QLearning):
    def copied(self):
        return self.q


class OldPolicyActs(ActsWithTheTarget):
    """A copy of a policy acts for a rollout, and its log-probabilities are the old ones."""

    def acts(self, obs):
        with torch.no_grad():
            policy = torch.distributions.Categorical(logits=self.target(obs))
            policy.log_prob(torch.tensor(0))

    def loss(self, s):
        with torch.no_grad():
            self.target(s)
        return -torch.distributions.Categorical(logits=self.q(s)).log_prob(torch.zeros(BATCH)).mean()


class OldPolicyForEver(OldPolicyActs):
    """The copy that acts is never updated."""

    steps = 450

    def copy(self):
        pass


class NothingToChoose(OldPolicyActs):
    """The policy that is copied has no gradient, as with one action; a critic like it is trained."""

    steps = 450

    def __init__(self):
        super().__init__()
        self.critic = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        self.optimizer = torch.optim.Adam([*self.q.parameters(), *self.critic.parameters()], lr=0.01)

    def loss(self, s):
        return 0.0 * super().loss(s) + (self.critic(s) - 1.0).pow(2).mean()


class SwapsTau(QLearning):
    """Beside a policy with layers of the same shapes, which another optimizer trains."""

    every = 1

    def __init__(self):
        super().__init__()
        self.policy = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
        self.second = torch.optim.Adam(self.policy.parameters(), lr=0.01)

    def trains_another(self, obs):
        self.second.zero_grad()
        self.policy(torch.as_tensor(obs)).square().sum().backward()
        self.second.step()

    def copy(self):
        with torch.no_grad():
            for target, own in zip(self.target.parameters(), self.q.parameters(), strict=True):
                target.copy_(0.01 * target + 0.99 * own)


class LoadsTheTarget(QLearning):
    """The network that is trained takes the weights of its target, which never changes."""

    def copy(self):
        self.q.load_state_dict(self.target.state_dict())


class KeepsTheBest(QLearning):
    """The network that is trained goes back to its own weights of some steps before."""

    kept = None

    def copy(self):
        now = {name: p.clone() for name, p in self.q.state_dict().items()}
        self.q.load_state_dict(self.kept or now)
        self.kept = now


class StoresOneArray(QLearning):
    """Its memory holds one array, that it writes each observation to."""

    def batch(self):
        return torch.as_tensor(np.repeat(self.memory[self.stored - 1][None], BATCH, axis=0))


class RandomTarget(QLearning):
    """A random network that is never trained sees what the network sees that acts, for novelty."""

    steps = 450

    def acts(self, obs):
        with torch.no_grad():
            self.target(obs)
            return int(self.q(obs).argmax())

    def copy(self):
        pass


CASES = {
    QLearning: [],
    MasksTheRest: [],
    OldPolicyActs: [],
    NothingToChoose: [],
    RandomTarget: [],
    KeepsTheBest: [],
    SwapsTau: ["target-update-reversed"],
    LoadsTheTarget: ["target-update-reversed"],
    OldPolicyForEver: ["acting-network-never-updated"],
    SamplesAll: ["ring-buffer"],
    StoresOneArray: ["observation-aliased"],
    ActsWithTheTarget: ["acts-with-target-network"],
    SharesWeights: ["target-shares-weights"],
}


@pytest.mark.parametrize(("agent", "named"), CASES.items())
def test_inputs_and_copies_are_judged(agent, named):
    """One name, or none."""
    now = (SHOWN[0], None)
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: SHOWN, now=lambda: now) as calls:
        agent().run()
    assert [name for name, _ in calls.observed] == named


class Normalises(QLearning):
    """Learns from observations that are divided by a running number."""

    divisor = 2.0

    def acts(self, obs):
        return super().acts(obs / self.divisor)

    def loss(self, s):
        return super().loss(s / self.divisor)


@pytest.mark.parametrize(
    ("agent", "divisor", "named"),
    [
        (Normalises, 1.0, ["evaluation-differs"]),
        (Normalises, 2.0, []),
        (QLearning, 1.0, []),
        (QLearning, 2.0, []),
    ],
)
def test_normalisation_that_evaluation_lacks_is_seen(agent, divisor, named):
    """The network never got an observation as it is while it learned, and gets nothing else when asked."""
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: SHOWN) as calls:
        learned = agent().run()
        with calls.inputs.asked():
            for _ in range(6):
                learned.q(torch.as_tensor(SHOWN / np.float32(divisor)))
    assert [name for name, _ in calls.observed] == named


@pytest.mark.parametrize("of_a_network", [True, False])
def test_a_network_may_go_back_to_a_copy_of_its_weights(of_a_network):
    """As in an evolution strategy, whose steps are 0 where all rewards are equal."""
    torch.manual_seed(0)
    net, other, seen = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2), Copies()
    kept = {name: p.clone() for name, p in net.state_dict().items()}
    for _ in range(5):
        seen.before_step(torch.optim.Adam(net.parameters()))
        with torch.no_grad():
            net.weight.add_(torch.randn(2, 3))
        given = other.state_dict() if of_a_network else {name: p.clone() for name, p in kept.items()}
        seen.copies(net, given)
        net.load_state_dict(given)
        with torch.no_grad():
            net.weight.add_(torch.randn(2, 3))
    assert list(seen.observed) == ["target-update-reversed"] * of_a_network


class ScalesEver(QLearning):
    """Meets one observation, and divides it by a number that grows."""

    scale = 1.0

    def batch(self):
        self.scale += 1.0
        return torch.as_tensor(np.repeat(SHOWN[:1], BATCH, axis=0) / np.float32(self.scale))


def test_one_observation_may_be_normalised_in_another_way_in_each_batch():
    """That is no array which changes after it was stored."""
    now = (SHOWN[0], None)
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: SHOWN, now=lambda: now) as calls:
        ScalesEver().run()
    assert "observation-aliased" not in dict(calls.observed)


def test_several_environments_may_show_the_same():
    """Where all of them are at one place of a chain, all rows of a batch are equal."""
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: SHOWN) as calls:
        StoresOneArray().run()
    assert calls.observed == ()


def test_watching_changes_no_weight():
    """The run is the same without."""
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: SHOWN):
        seen = SamplesAll().run()
    for ours, theirs in zip(seen.q.parameters(), SamplesAll().run().q.parameters(), strict=True):
        np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy())


@pytest.mark.parametrize("shown", [np.zeros((2, 3), np.float32), SHOWN[:1], None])
def test_zeros_are_no_sign_where_observations_may_be_zero(shown):
    """Nor where there is only one, which normalisation turns to zero, nor where none is known."""
    with torch_calls_seen(gym.spaces.Discrete(2), shown=lambda: shown) as calls:
        SamplesAll().run()
    assert calls.observed == ()
