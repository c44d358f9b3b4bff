"""Networks are found and asked without a trace; KL divergences are exact."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.book import Book
from rlprobe.monitors.holding import Moment
from rlprobe.monitors.networks.asking import divergence
from rlprobe.monitors.networks.candidates import Task
from rlprobe.monitors.networks.discovery import Inventory
from rlprobe.monitors.networks.roles import Witness, assign
from rlprobe.monitors.networks.twin import Twin
from rlprobe.monitors.signals.matrices import some_of, usual_size, whole_of
from rlprobe.monitors.signals.updates import Updates

torch = pytest.importorskip("torch")
nn, Categorical, Normal = torch.nn, torch.distributions.Categorical, torch.distributions.Normal

X = torch.linspace(-1, 1, 20).reshape(5, 4)


class Shared(nn.Module):
    """A trunk with two heads, and methods as single-file scripts have them."""

    def __init__(self, actions=3):
        super().__init__()
        self.network = nn.Sequential(nn.Linear(4, 16), nn.Tanh())
        self.actor, self.critic = nn.Linear(16, actions), nn.Linear(16, 1)
        self.saved_log_probs = [self.critic(self.network(X)).sum()]

    def get_value(self, x):
        """The state value."""
        return self.critic(self.network(x))

    def forward(self, x):
        """Logits and value."""
        h = self.network(x)
        return self.actor(h), self.critic(h)


def held(*networks):
    """The identities of all their parameters."""
    return {id(p) for network in networks for p in network.parameters()}


def task(choices=3, actions=None):
    """What is known of a task with four components."""
    return Task(X, actions, choices, None)


def test_policy_and_critic_of_one_network():
    """A witness finds the logits among the outputs, the width and the name the value."""
    net = Shared()
    logits, value = net(X)
    witness = Witness(X, Categorical(logits=logits.detach()))
    roles = assign({"agent": net}, held(net), task(), witness, torch)
    assert torch.allclose(roles.policy.at(X).logits, logits.log_softmax(-1).detach(), atol=1e-5)
    assert torch.allclose(roles.value.at(X), value.detach())
    with torch.no_grad():
        net.critic.bias += 1.0
    assert torch.allclose(roles.value.at(X), value.detach() + 1.0)


def test_the_value_is_another_output_of_the_policy():
    """Where one call returns logits and value, and nothing is named, both are found."""

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.one, self.other = nn.Linear(4, 16), nn.Linear(16, 3), nn.Linear(16, 1)

        def forward(self, x):
            h = torch.tanh(self.body(x))
            return self.one(h), self.other(h).squeeze(-1)

    net = Both()
    logits, value = net(X)
    roles = assign({"model": net}, held(net), task(), Witness(X, Categorical(logits=logits.detach())), torch)
    assert torch.allclose(roles.policy.at(X).logits, logits.log_softmax(-1).detach(), atol=1e-5)
    assert torch.allclose(roles.value.at(X), value.detach())


def test_a_policy_that_returns_chances():
    """Softmax at the end is understood."""
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(-1))
    seen = Categorical(probs=net(X).detach())
    roles = assign({"policy": net}, held(net), task(), Witness(X, seen), torch)
    assert torch.allclose(roles.policy.at(X).probs, net(X).detach(), atol=1e-5)


def test_a_gaussian_policy_with_a_parameter_for_its_deviation():
    """Mean and standard deviation are found."""

    class Gaussian(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean, self.log_std = nn.Linear(4, 2), nn.Parameter(torch.tensor([[0.3, -0.2]]))

    net = Gaussian()
    seen = Normal(net.mean(X).detach(), net.log_std.detach().exp().expand(5, 2))
    roles = assign({"actor": net}, held(net), task(None, torch.zeros(5, 2)), Witness(X, seen), torch)
    assert divergence(seen, roles.policy.at(X), torch) == pytest.approx(0.0, abs=1e-6)


def test_action_values_and_their_target():
    """The held network is asked, the copy is followed; a pair of observation and action is understood."""
    online = nn.Linear(4, 3)
    roles = assign(
        {"q_network": online, "target_network": copy.deepcopy(online)}, held(online), task(), None, torch
    )
    assert roles.q.name == "q_network"
    assert [(name, other is online) for name, _, other in roles.targets] == [("target_network", True)]

    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(6, 1)

        def forward(self, x, a):
            return self.net(torch.cat([x, a], 1))

    net = Pair()
    roles = assign({"qf1": net}, held(net), task(None, torch.zeros(5, 2)), None, torch)
    assert roles.q.takes_actions
    assert torch.equal(roles.q.at(X, torch.ones(5, 2)), net(X, torch.ones(5, 2)).detach())


def test_two_unnamed_networks_are_no_guess():
    """Without a name, one of two networks of the same shape is not taken for the critic."""
    one, two = nn.Linear(4, 1), nn.Linear(4, 1)
    assert assign({"a": one, "b": two}, held(one, two), task(), None, torch).value is None


def test_asking_leaves_no_trace():
    """Parameters, buffers, modes, gradients and generators stay, with dropout and batch normalisation too."""
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1)).train()
    before = copy.deepcopy(net.state_dict())
    state = torch.get_rng_state()
    twin = Twin(net, torch)
    twin.refresh()
    with twin.undisturbed():
        twin.copy.train()
        twin.copy(X)
    assert torch.equal(torch.get_rng_state(), state)
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in net.parameters())


def test_divergence_equals_numerical_integration():
    """KL of normals and of categoricals, summed over components and averaged over observations."""
    a = Normal(torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.5]]))
    b = Normal(torch.tensor([[0.3, 0.8]]), torch.tensor([[1.2, 0.7]]))
    x = np.linspace(-12, 12, 200_001)

    def density(mean, std):
        return np.exp(-0.5 * ((x - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))

    total = 0.0
    for i in range(2):
        p = density(a.loc[0, i].item(), a.scale[0, i].item())
        q = density(b.loc[0, i].item(), b.scale[0, i].item())
        total += np.trapezoid(
            np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / np.maximum(q, 1e-300)), 0), x
        )
    assert divergence(a, b, torch) == pytest.approx(total, rel=1e-4)
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.25, 0.25])
    exact = float((p * np.log(p / q)).sum())
    one, other = (Categorical(probs=torch.tensor(np.stack([row, row]))) for row in (p, q))
    assert divergence(one, other, torch) == pytest.approx(exact)
    assert divergence([one, one], [other, other], torch) == pytest.approx(2 * exact)


@pytest.mark.parametrize("trained", [False, True])
def test_gradients_of_a_model_trained_before_are_no_finding(trained):
    """Only gradients that change without an optimizer are a head that was forgotten."""
    earlier, network = nn.Linear(4, 1), nn.Linear(4, 1)
    earlier(X).square().sum().backward()
    inventory = Inventory()
    inventory.look({"earlier": earlier, "network": network})
    updates, optimizer = Updates(Curves(), inventory), torch.optim.SGD(network.parameters(), lr=1e-3)
    for step in range(80):
        optimizer.zero_grad()
        network(X).square().sum().backward()
        if trained:
            earlier(X).sum().backward()
        now = Moment(step, step)
        updates.count_one(optimizer)
        updates.before(optimizer, now, torch)
        optimizer.step()
        updates.after(now, torch)
    named = [finding.id for finding in updates.judge(Book(), Moment(80, 80))]
    assert ("parameters-without-optimizer" in named) == trained


def test_a_policy_without_a_choice_needs_no_gradient():
    """With one action its gradient is 0 by right; with more, a module without gradient is named."""
    network, idle = nn.Linear(4, 1), nn.Linear(4, 1)
    inventory = Inventory()
    inventory.look({"critic": network, "actor": idle})
    updates = Updates(Curves(), inventory)
    optimizer = torch.optim.SGD([*network.parameters(), *idle.parameters()], lr=1e-3)
    for step in range(80):
        optimizer.zero_grad()
        (network(X).square().sum() + 0.0 * idle(X).sum()).backward()
        now = Moment(step, step)
        updates.count_one(optimizer)
        updates.before(optimizer, now, torch)
        optimizer.step()
        updates.after(now, torch)
    assert [one.id for one in updates.judge(Book(), Moment(80, 80))] == ["no-gradient"]
    assert updates.judge(Book(), Moment(80, 80), choice=False) == []


def test_weights_that_are_nan_at_the_end():
    """One update with a NaN, after which the script fails, is named although it was not looked at."""
    network = nn.Linear(4, 1)
    inventory = Inventory()
    inventory.look({"network": network})
    updates = Updates(Curves(), inventory)
    updates.count_one(torch.optim.SGD(network.parameters(), lr=1e-3))
    updates.look_at_the_end(Moment(5, 1), torch)
    assert updates.judge(Book(), Moment(5, 1)) == []
    with torch.no_grad():
        network.bias.fill_(float("nan"))
    updates.look_at_the_end(Moment(7, 1), torch)
    (one,) = updates.judge(Book(), Moment(7, 1))
    assert (one.id, one.since_step, one.evidence) == ("gradient-not-finite", 7, "first in network.bias")


def test_large_matrices_are_sampled():
    """Norms of an even sample, scaled up, are those of the whole matrix within a few per cent."""
    matrix = nn.Parameter(torch.randn(400, 300, generator=torch.Generator().manual_seed(0)))
    some = some_of(matrix)
    assert 4_096 < some.numel() < 12_000
    whole = float(matrix.detach().norm())
    assert float(some.norm()) * float(whole_of([matrix])[0]) == pytest.approx(whole, rel=0.05)
    assert usual_size(matrix) * float(whole_of([matrix])[0]) == pytest.approx(20.0)
    small = nn.Parameter(torch.ones(8, 4))
    assert some_of(small).shape == (8, 4)
    assert usual_size(small) == pytest.approx(8**0.5)


@pytest.mark.slow
def test_single_updates_of_a_policy_add_up():
    """An update after every step is small, and the policy moves; one that is never updated stands still."""
    import gymnasium as gym

    import rlprobe

    def run(rate):
        torch.manual_seed(0)
        env, policy = gym.make("CartPole-v1"), nn.Linear(4, 2)
        optimizer = torch.optim.Adam(policy.parameters(), lr=rate)
        with rlprobe.watch(total=3_000) as watch:
            observation, _ = env.reset(seed=0)
            for _ in range(3_000):
                said = Categorical(logits=policy(torch.as_tensor(observation)))
                action = said.sample()
                observation, reward, terminated, truncated, _ = env.step(int(action))
                optimizer.zero_grad()
                (-said.log_prob(action) * reward).backward()
                optimizer.step()
                if terminated or truncated:
                    observation, _ = env.reset()
        assert len(watch.curves.get("kl")) > 20
        return {one.id for one in watch.findings}

    state = torch.get_rng_state()
    assert "policy-never-moves" not in run(1e-3)
    assert "policy-never-moves" in run(1e-8)
    torch.set_rng_state(state)
