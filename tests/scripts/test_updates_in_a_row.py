"""Loops that only learn are shortened; those that act, or may be the whole run, stay as they are."""

import ast

import pytest

from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import quick_rules
from rlprobe.scripts.inside.changes.updates import updates_in_a_row

AFTER_EACH_EPISODE = """
for episode in range(500):
    done = False
    while not done:
        done = env.step(act())[2]
    for i in range(20):
        batch = replay.sample(64)
        optimizer.step()
"""
IN_A_FUNCTION = """
def train(q, memory):
    for i in range(10):
        s, a, r = memory.sample(32)
        optimizer.step()
"""
BY_RANDOM = """
def learn(self):
    for _ in range(self.repeats):
        batch = random.sample(self.memory, 32)
"""
THE_WHOLE_RUN = """
def collect():
    env.step(policy())
for iteration in range(100):
    collect()
    learn(buffer.sample(64))
"""
ELSEWHERE = """
for iteration in range(100):
    agent.play()
    agent.learn(buffer.sample(64))
"""
DRAWS_ACTIONS = """
for episode in range(500):
    for t in range(20):
        action = dist.sample()
"""
MINIBATCHES = """
def update(rollout):
    for epoch in range(10):
        for start in range(0, 2048, 64):
            loss(rollout[start:start + 64])
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (AFTER_EACH_EPISODE, ["range(20)"]),
        (IN_A_FUNCTION, ["range(10)"]),
        (BY_RANDOM, ["range(self.repeats)"]),
        (THE_WHOLE_RUN, []),
        (ELSEWHERE, []),
        (DRAWS_ACTIONS, []),
        (MINIBATCHES, []),
    ],
)
def test_loops_over_batches_of_a_memory_are_found(text, found):
    """The loop of a whole run acts, though it may not be seen where."""
    assert [ast.unparse(one) for one in updates_in_a_row(ast.parse(text))] == found


def test_they_draw_at_most_four_batches():
    """Whatever their number is; fewer stay as they are."""
    changed = ast.unparse(Rewriting(quick_rules(12_000), frozenset())(ast.parse(IN_A_FUNCTION), "train.py"))
    assert "range((lambda n: min(n, 4))(10))" in changed
