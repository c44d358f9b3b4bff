"""Correct learners whose values stay noisy are not called faulty."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np
import pytest

import rlprobe


class LargeSteps:
    """Q-learning in a table with a constant step size."""

    on_policy = False
    actions = frozenset({"discrete"})

    def __init__(self, env, setting, step_size=0.5):
        self.env, self.gamma, self.step_size, self.steps = env, setting.gamma, step_size, 0
        self.rng = np.random.default_rng(setting.seed + 100)
        self.table = {}
        self.seen, _ = env.reset(seed=setting.seed)

    def row(self, observation):
        return self.table.setdefault(observation.tobytes(), np.zeros(int(self.env.action_space.n)))

    def learn(self, steps):
        first = int(self.env.action_space.start)
        for _ in range(steps):
            self.steps += 1
            row = self.row(self.seen)
            explores = self.rng.random() < max(0.05, 1 - self.steps / 500)
            action = int(self.rng.integers(len(row)) if explores else row.argmax())
            after, reward, terminated, truncated, _ = self.env.step(first + action)
            ahead = 0.0 if terminated else self.gamma * self.row(after).max()
            row[action] += self.step_size * (reward + ahead - row[action])
            self.seen = self.env.reset()[0] if terminated or truncated else after

    def q_values(self, observations):
        return np.array([self.row(one) for one in observations])

    def act(self, observations):
        return self.q_values(observations).argmax(axis=1) + int(self.env.action_space.start)


class Forgetful(LargeSteps):
    """The same, but its targets have no discount."""

    def learn(self, steps):
        shown, self.gamma = self.gamma, 1.0
        super().learn(steps)
        self.gamma = shown


@pytest.mark.parametrize("only", [["RandomExit"], ["WillToLive"]])
def test_a_large_step_size_is_no_fault(only):
    """Its values vary about the exact ones, and choices between two close actions vary with them."""
    report = rlprobe.diagnose(LargeSteps, seeds=3, only=only)
    assert report.verdict != "faulty", report


def test_a_fault_shows_through_noise():
    """The same noisy learner without a discount is faulty, and the fault is named."""
    report = rlprobe.diagnose(Forgetful, seeds=2)
    assert report.causes[0].fault == "no-discount"


def test_a_value_that_grows_without_bound_ends_a_run_early():
    """A sum of rewards without a discount grows by as much in every step; nothing is gained by waiting."""
    report = rlprobe.diagnose(Forgetful, seeds=1, only=["TimeLimitLoop"])
    assert report.verdict == "faulty"
    assert report.steps < 4_000
