"""Signals of updates, actions, targets and episodes: a planted fault raises each, a healthy run does not."""

from __future__ import annotations

import copy

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.book import Book
from rlprobe.monitors.episodes.column import Episode
from rlprobe.monitors.holding import Moment
from rlprobe.monitors.networks.discovery import Inventory
from rlprobe.monitors.signals.policy.actions import Actions
from rlprobe.monitors.signals.policy.initial import judge_start
from rlprobe.monitors.signals.returns import judge_returns
from rlprobe.monitors.signals.targets import Targets
from rlprobe.monitors.signals.updates import Updates

torch = pytest.importorskip("torch")
nn = torch.nn


def found(findings):
    """Ids with severities."""
    return {one.id: one.severity for one in findings}


def book(returns, lengths=None):
    """A book of episodes with these returns and lengths."""
    made, lengths = Book(), [10] * len(returns) if lengths is None else lengths
    for number, (earned, length) in enumerate(zip(returns, lengths, strict=True)):
        made.add(10 * number + 10, Episode(float(earned), int(length), truncated=False, points=[]))
    return made


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(1e-7, {"update-too-small": "look"}), (1e-3, {}), (0.5, {"update-too-large": "look"})],
)
def test_sizes_of_updates(rate, expected):
    """Steps of Adam at a rate far too small or far too large are named, at a usual one they are not."""
    network = nn.Linear(8, 4)
    with torch.no_grad():
        network.weight.copy_(torch.linspace(-1, 1, 32).reshape(4, 8))
    inventory, optimizer = Inventory(), torch.optim.Adam(network.parameters(), lr=rate)
    inventory.look({"network": network})
    updates = Updates(Curves(), inventory)
    for step in range(80):
        optimizer.zero_grad()
        network(torch.ones(2, 8)).square().sum().backward()
        now = Moment(10 * step, step)
        if updates.count_one(optimizer):
            updates.before(optimizer, now, torch)
        optimizer.step()
        if updates.waiting(optimizer):
            updates.after(now, torch)
    assert found(updates.judge(Book(), Moment(800, 80))) == expected


@pytest.mark.parametrize(("norm", "expected"), [(7.0, {"gradient-always-clipped": "note"}), (0.1, {})])
def test_gradients_that_are_always_clipped(norm, expected):
    """Gradients above the limit in every update are a note, gradients below it are nothing."""
    updates, weight = Updates(Curves(), Inventory()), nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=1e-3)
    for step in range(80):
        weight.grad = torch.full((2,), 0.1)
        updates.clipped(torch.tensor(norm), 0.5)
        updates.count_one(optimizer)
        updates.before(optimizer, Moment(step, step), torch)
    assert found(updates.judge(Book(), Moment(80, 80))) == expected


@pytest.mark.parametrize("steps", [False, True])
def test_an_optimizer_that_never_steps(steps):
    """2,000 environment steps beside an optimizer that has not stepped are named."""
    network = nn.Linear(4, 2)
    with rlprobe.watch() as watch:
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-3)
        env = gym.make("CartPole-v1")
        env.reset(seed=0)
        for t in range(2_100):
            _, _, terminated, truncated, _ = env.step(t % 2)
            if terminated or truncated:
                env.reset()
            if steps and t % 500 == 0:
                network(torch.ones(1, 4)).sum().backward()
                optimizer.step()
    assert ("no-update" in found(watch.findings)) is not steps


@pytest.mark.parametrize(("size", "expected"), [(0.01, {}), (30.0, {"initial-policy-not-random": "note"})])
def test_the_policy_at_the_start(size, expected):
    """A policy that is all but certain before the first update is a note."""
    logits = size * torch.linspace(-1, 1, 12).reshape(4, 3)
    said = torch.distributions.Categorical(logits=logits)
    assert found(judge_start(said, Moment(1), torch)) == expected
    mean = size * torch.ones(4, 2)
    said = torch.distributions.Normal(mean, torch.ones(4, 2))
    assert found(judge_start(said, Moment(1), torch)) == expected


@pytest.mark.parametrize(
    ("taken", "returns", "expected"),
    [
        (2.0, [10.0] * 80, {"actions-at-bounds": "look"}),
        (2.0, np.linspace(0, 100, 80), {}),
        (0.3, [10.0] * 80, {}),
    ],
)
def test_actions_at_bounds(taken, returns, expected):
    """Actions that stay at a bound while returns do not rise are named."""
    actions, space = Actions(Curves()), gym.spaces.Box(-2.0, 2.0, (2,), np.float32)
    for step in range(0, 1_000, 20):
        actions.see([np.full(2, taken, np.float32)] * 10, space, Moment(step))
    assert found(actions.judge(book(returns), Moment(990, 50, final=True))) == expected


@pytest.mark.parametrize("follows", [False, True])
def test_target_networks(follows):
    """A target that keeps its first weights while the network moves on is named; one that follows is not."""
    online = nn.Linear(4, 2)
    target, targets = copy.deepcopy(online), Targets(Curves())
    for number in range(10):
        targets.see("target", target, online, Moment(1_000 * number, number), 1_000 * number)
        with torch.no_grad():
            online.weight += 0.1
            if follows:
                target.weight.copy_(online.weight)
    said = found(targets.judge(Moment(9_000, 10, 9_000, final=True), None))
    assert said == ({} if follows else {"target-network-never-changes": "look"})


def test_a_reward_that_is_no_number():
    """One NaN is named; the other episodes are still counted."""
    bad = book([1.0, float("nan"), 2.0])
    assert found(judge_returns(bad, Moment(30), 30)) == {"reward-not-finite": "broken"}
    assert judge_returns(book([1.0, 2.0]), Moment(30), 30) == []


def test_episodes_that_never_end():
    """20,000 steps without an end are a note; with one they are not."""
    assert found(judge_returns(Book(), Moment(20_000), 20_000)) == {"no-episode-ended": "note"}
    assert judge_returns(book([1.0]), Moment(20_000), 20_000) == []


def test_lengths_that_move_alone():
    """Episodes that grow three times as long for the same return are a note; if the return grows, not."""
    lengths = np.linspace(10, 40, 200)
    same = book(10 + np.arange(200) % 3, lengths)
    assert found(judge_returns(same, Moment(2_000), 2_000)) == {"length-moves-return-does-not": "note"}
    assert judge_returns(book(lengths, lengths), Moment(2_000), 2_000) == []
