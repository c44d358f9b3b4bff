"""The number of episodes of a function is changed where it comes from, whatever its name is."""

from __future__ import annotations

import ast

import pytest

from rlprobe.scripts.inside.changes.episodes.counts import episode_counts
from rlprobe.scripts.inside.changes.intervals import intervals_in
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import quick_rules

LOOP = "  for e in range({}):\n    s, _ = env.reset()\n"
CASES = {
    "given by place": ("def train(a, it_max):\n" + LOOP.format("it_max") + "train(1, 300)", ["300"]),
    "given by name": ("def train(a, it_max):\n" + LOOP.format("it_max") + "train(1, it_max=300)", ["300"]),
    "a default": ("def train(a, it_max=300):\n" + LOOP.format("it_max") + "train(1)", ["300"]),
    "of its own": ("def train():\n  loops = 250\n" + LOOP.format("loops") + "train()", ["250"]),
    "of the module": ("it_max = 300\ndef train(n):\n" + LOOP.format("n") + "train(it_max)", ["300"]),
    "of a method": (
        "class A:\n  def fit(self, n):\n    for e in range(n):\n      s, _ = env.reset()\nA().fit(500)",
        ["500"],
    ),
    "a batch, in a loop": ("def collect(n):\n" + LOOP.format("n") + "while True:\n  collect(100)", []),
    "an evaluation": ("def evaluate(n):\n" + LOOP.format("n") + "evaluate(100)", []),
    "no episodes": ("def train(n):\n  for e in range(n):\n    step()\ntrain(100)", []),
    "a number that changes": ("n = 100\nn = 200\ndef train(k):\n" + LOOP.format("k") + "train(n)", []),
}


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_episodes_is_found_where_it_comes_from(name):
    """Nothing is found where the number is that of a batch or of an evaluation, or where it is not known."""
    text, expected = CASES[name]
    assert [ast.unparse(one) for one in episode_counts(ast.parse(text))] == expected


SYNC = "if {} % every == 0: target.load_state_dict(net.state_dict())\n"
EPISODES = "for episode in range(n):\n  {}\n  while not done:\n    s = env.step(a)\n    t += 1\n    "
WHERE = {
    "a step of the episode": (
        "for e in range(n):\n  for t in range(m):\n    env.step(a)\n    " + SYNC.format("(t+1)"),
        1,
    ),
    "counted from 0": (EPISODES.format("t = 0") + SYNC.format("t"), 1),
    "counted through": ("t = 0\n" + EPISODES.format("pass") + SYNC.format("t"), 50),
    "an episode": ("for e in range(n):\n  for t in range(m): env.step(a)\n  " + SYNC.format("e"), 50),
}


@pytest.mark.parametrize("name", WHERE)
def test_an_interval_within_an_episode_may_be_longer_than_the_episode(name):
    """Episodes of a probe have one to seven steps: a target network would never be updated."""
    text, limit = WHERE[name]
    assert list(intervals_in(ast.parse(text), 50).values()) == [limit]


def test_evaluations_stay_as_short_as_they_are():
    """Only training lasts longer: its default, and what it is given."""
    text = (
        "def evaluate_agent(n_episodes=1000): pass\ndef train(n_episodes=300): pass\n"
        "train(n_episodes=400)\nevaluate_agent(n_episodes=100)"
    )
    changed = ast.unparse(Rewriting(quick_rules(12_000))(ast.parse(text), "train.py"))
    assert changed.count("12000") == 2
    assert "n_episodes=1000" in changed
    assert "evaluate_agent(n_episodes=100)" in changed
