"""A learning rate is known by the optimiser that gets it, whatever the script calls it."""

from __future__ import annotations

import ast
import importlib
from contextlib import ExitStack

import pytest

import rlprobe
from rlprobe.scripts import script_agent
from rlprobe.scripts.inside.changes.at_run_time.learning_rates import LearningRates
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import quick_rules

torch = pytest.importorskip("torch")

ALPHA = "alpha = 1e-4\noptimizer = Adam(net.parameters(), {})"
CONSTRUCTOR = """
class Net:
    def __init__(self, step_size):
        self.optimizer = Adam(net.parameters(), lr=step_size)
optimizer = Net({"actor": 1e-4}["actor"]).optimizer
"""
GROUPS = "optimizer = Adam([{'params': net.weight, 'lr': 1e-4}, {'params': [net.bias]}], 5e-4)"
BOTH = "lr = 1e-4\nbeta = 1e-4\noptimizer = Adam(net.parameters(), {})"
MADE_OF = "lr = 2e-4\noptimizer = Adam(net.parameters(), lr * 0.1)"
ENTROPY = "alpha_rate = 1e-4\noptimizer = Adam([torch.zeros(1, requires_grad=True)], alpha_rate)"


@pytest.fixture
def run(monkeypatch):
    """Runs code of a script with optimisers that are watched; gives its names and what was raised."""
    optimizer = torch.optim.Optimizer
    monkeypatch.setattr(optimizer, "add_param_group", optimizer.add_param_group)
    with ExitStack() as after:

        def ran(source, args=(), *, rates=True):
            rules = Rewriting(list(quick_rules(8_000, rates=rates)))
            watched = LearningRates(rules, args, "train.py".__eq__)
            hooks = importlib.import_module("torch.optim.optimizer")._global_optimizer_pre_hooks
            before = set(hooks)
            watched.watch(torch)
            after.callback(lambda: [hooks.pop(one) for one in set(hooks) - before])
            names = {"torch": torch, "net": torch.nn.Linear(2, 1), **vars(torch.optim)}
            tree = ast.fix_missing_locations(rules(ast.parse(source), "train.py"))
            exec(compile(tree, "train.py", "exec"), names)
            return names, watched.found

        yield ran


def rates_of(names):
    """The rate of each group."""
    return [group["lr"] for group in names["optimizer"].param_groups]


@pytest.mark.parametrize(
    ("source", "rates"),
    [
        (ALPHA.format("alpha"), [1e-3]),
        (ALPHA.format("lr=alpha"), [1e-3]),
        (CONSTRUCTOR, [1e-3]),
        ("optimizer = RMSprop(net.parameters(), 5e-4)", [3e-3]),
        ("optimizer = Adam(net.parameters())", [3e-3]),
        (GROUPS, [1e-3, 3e-3]),
    ],
)
def test_what_an_optimiser_gets_is_raised_as_rates_are_by_their_names(run, source, rates):
    """A rate arrives by any name, by place, in a group, or as the default of the optimiser."""
    assert rates_of(run(source)[0]) == pytest.approx(rates)


@pytest.mark.parametrize(
    ("source", "args", "rate"),
    [
        (BOTH.format("lr"), (), 1e-3),
        (MADE_OF, (), 2e-4),
        (ALPHA.format("alpha"), ("--alpha", "1e-4"), 1e-4),
        (ALPHA.format("alpha"), ("--alpha=0.0001",), 1e-4),
        (ALPHA.format("alpha").replace("1e-4", "0.01"), (), 0.01),
        (ALPHA.format("alpha").replace("Adam", "SGD"), (), 1e-4),
        (ENTROPY, (), 1e-4),
    ],
)
def test_a_rate_is_raised_once_at_most(run, source, args, rate):
    """Not if its name, or what it is made of, was raised, nor if the user or the method wants it as it is."""
    assert rates_of(run(source, args)[0]) == pytest.approx([rate])


def test_two_rates_of_one_size_are_both_raised(run):
    """One is known by its name, the other by its optimiser."""
    assert rates_of(run(BOTH.format("beta"))[0]) == pytest.approx([1e-3])


def test_a_rate_stays_where_the_own_ones_are_asked_for(run):
    """As in the second run of a script whose policy failed at raised ones."""
    names, found = run(ALPHA.format("alpha"), rates=False)
    assert rates_of(names) == [1e-4]
    assert found == []


def test_what_was_raised_is_told_with_the_line_of_the_optimiser(run):
    """Once, though several optimisers are made there."""
    twice = "for _ in range(2):\n    optimizer = Adam(net.parameters(), 1e-4)"
    assert run(twice)[1] == [
        {"what": "learning rate", "name": "lr", "old": 1e-4, "new": 1e-3, "place": "train.py:2"}
    ]


def test_a_rate_that_the_script_writes_afterwards_is_raised_as_much(run):
    """As in linear annealing; one that it computes from the raised rate is not raised again."""
    names, _ = run(ALPHA.format("alpha"))
    optimizer = names["optimizer"]
    (group,) = optimizer.param_groups
    for written, used in ((0.5e-4, 0.5e-3), (0.5e-4, 0.5e-3), (0.9e-3, 0.9e-3), (0.0, 0.0)):
        group["lr"] = written
        optimizer.step()
        optimizer.step()
        assert group["lr"] == pytest.approx(used)


def test_schedulers_of_pytorch_begin_at_the_raised_rate(run):
    """They fall from there, and what they write is not raised again."""
    names, _ = run(ALPHA.format("alpha"))
    optimizer = names["optimizer"]
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 / (1 + 20 * step))
    optimizer.step()
    scheduler.step()
    optimizer.step()
    assert rates_of(names) == pytest.approx([1e-3 / 21])


SCRIPT = """
import gymnasium as gym
import torch

class Critic(torch.nn.Linear):
    def __init__(self, beta):
        super().__init__(4, 1)
        self.optimizer = torch.optim.Adam(self.parameters(), lr=beta)

env = gym.make("CartPole-v1")
gamma = 0.99
critic = Critic(beta=5e-4)
state, _ = env.reset(seed=0)
while True:
    after, reward, terminated, truncated, _ = env.step(env.action_space.sample())
    with torch.no_grad():
        target = reward + gamma * (not terminated) * critic(torch.as_tensor(after))
    loss = (critic(torch.as_tensor(state)) - target).square().sum()
    critic.optimizer.zero_grad()
    loss.backward()
    critic.optimizer.step()
    state = env.reset()[0] if terminated or truncated else after
"""


@pytest.mark.slow
def test_the_report_names_it(tmp_path):
    """With the number in the script, and the place."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    report = rlprobe.diagnose(script_agent(script), seeds=1, only=["Constant"], budget=30)
    assert "lr 0.0005 -> 0.003 (train.py:8)" in " ".join(str(report).split())
