"""Correct learners whose values stay noisy are not called faulty."""

# ruff: noqa: D102
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rlprobe
from diagnosis.synthetic import results_for
from rlprobe.diagnosis.inference.likelihood import on_the_way, value_likelihood
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.watch_values import WatchValues
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.fixed_point import Values
from rlprobe.faults.transitions import Learner


class LargeSteps:
    """Q-learning in a table with a constant step size."""

    on_policy = False
    actions = frozenset({"discrete"})

    def __init__(self, env, setting, step_size=0.5):
        self.env, self.gamma, self.step_size, self.steps = env, setting.gamma, step_size, 0
        self.rng = np.random.default_rng(setting.seed)
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


@pytest.mark.parametrize("seed", [0, 300])
def test_actions_of_noisy_values_are_undecided(seed):
    """With a large step size, choices between two close actions vary with the values; that is no fault."""

    def make_agent(env, setting):
        return LargeSteps(env, replace(setting, seed=setting.seed + seed))

    report = rlprobe.diagnose(make_agent, seeds=3, only=["WillToLive"])
    assert report.verdict != "faulty", report


@pytest.mark.parametrize(
    ("name", "noise", "outcome"),
    [("RandomExit", 0.1, "undecided"), ("RandomExit", 0.02, "fail"), ("Constant", 0.1, "fail")],
)
def test_noise_excuses_an_error_where_returns_are_random(name, noise, outcome):
    """A value 0.2 off is undecided if it varies by half of that, but not where every return is the same."""
    trial = Trial(name=name, options={"reward_scale": 0.25} if name == "RandomExit" else {})
    value = judge(trial, [said(1.0, noise)]).expected + 0.2
    assert judge(trial, [said(value, noise)]).outcome == outcome


def said(value, noise):
    """A run whose only value converged to ``value``."""
    one = np.ones(1)
    return Run(
        seed=0,
        steps=3_000,
        seconds=1.0,
        gamma=0.9,
        initial=0 * one,
        values=value * one,
        drift=0 * one,
        trend=0 * one,
        noise=noise * one,
        settled=True,
    )


@pytest.mark.slow
def test_a_fault_shows_through_noise():
    """The same noisy learner without a discount is faulty, and the fault is named."""
    report = rlprobe.diagnose(Forgetful, seeds=2)
    assert report.causes[0].fault == "no-discount"


def test_a_value_that_grows_without_bound_ends_a_run_early():
    """A sum of rewards without a discount grows by as much in every step; nothing is gained by waiting."""
    report = rlprobe.diagnose(Forgetful, seeds=1, only=["TimeLimitLoop"])
    assert report.verdict == "faulty"
    assert report.steps < 4_000


class Creeps(LargeSteps):
    """The same with a step size so small that its values hardly leave their first numbers."""

    def __init__(self, env, setting):
        super().__init__(env, setting, step_size=2e-5)


class StandsStill(LargeSteps):
    """The same with no step at all."""

    def __init__(self, env, setting):
        super().__init__(env, setting, step_size=0.0)


@pytest.mark.parametrize(
    ("agent", "verdict"),
    [pytest.param(Creeps, "inconclusive", marks=pytest.mark.slow), (StandsStill, "faulty")],
)
def test_values_that_hardly_move_are_undecided_and_values_that_stand_still_are_faulty(agent, verdict):
    """Slow learning is no fault, however slow; a critic that does not learn is one."""
    report = rlprobe.diagnose(agent, seeds=1, only=["Constant", "TimeLimitLoop"])
    assert report.verdict == verdict, report


class Settles:
    """Believes in a worse action of MaxNotMean, while the value of the best one rises at a given rate."""

    gamma = 0.9

    def __init__(self, rate):
        self.rate, self.looks = rate, 0

    def q_values(self, observations):
        best = min(1.0, self.rate * self.looks)
        return np.array([[0.0, 0.1, 0.9, 0.2], [0.4, 0.4, 0.65, best]])[: len(observations)]


@pytest.mark.parametrize(("rate", "settled"), [(0.015, False), (0.0, True)])
def test_values_are_open_while_another_action_may_overtake(rate, settled):
    """An agent that explores little learns its best action late; till then its largest value stands still."""
    agent = Settles(rate)
    watch = WatchValues(agent, Trial(name="MaxNotMean"), 500)
    watch.initial = np.zeros(2)
    for looks in range(1, 33):
        agent.looks = looks
        watch.look(125 * looks)
    assert watch.settled == settled


def test_exact_values_follow_an_entropy_weight_that_becomes_known_late():
    """A script's weight of entropy is read once its critic is found; values without it are no success."""
    agent = Settles(0.0)
    agent.temperature = 0.0
    watch = WatchValues(agent, Trial(name="MaxNotMean"), 500)
    plain = watch.exact.copy()
    agent.temperature = 0.2
    watch.look(125)
    assert watch.exact[0] > plain[0]


class Copies(Settles):
    """A critic that bootstraps after terminations, from a target network that is copied every few looks."""

    def q_values(self, observations):
        copies = self.looks // 3
        return np.array([[10.0 * (1.0 - 0.9**copies)] * 4] * 2)[: len(observations)]


def followed(agent, looks):
    """What is found of values after so many looks."""
    watch = WatchValues(agent, Trial(name="MaxNotMean"), 500)
    for look in range(1, looks + 1):
        agent.looks = look
        watch.look(125 * look)
    return watch.findings()


def ahead(found, predicted):
    """How far the values of a run are taken to move still, towards predicted ones."""
    fields = {name: found[name] for name in ("initial", "values", "trend", "pace")}
    run = Run(seed=0, steps=4_000, seconds=1.0, gamma=0.9, **fields)
    result = judge(Trial(name="MaxNotMean"), [replace(run, drift=abs(run.trend), noise=0.0 * run.trend)])
    return on_the_way(result, run.values, np.full(2, predicted))


def test_what_is_left_of_the_way_is_estimated():
    """Values that move in steps, each smaller by the discount, end near the number they tend to."""
    found = followed(Copies(0.0), 36)
    assert found["values"][0] < 7.5
    assert found["values"] + ahead(found, 10.0) == pytest.approx([10.0, 10.0], rel=0.1)
    assert (ahead(found, 0.0) == 0.0).all()  # the other way


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_nothing_is_left_where_values_stand_still(rate):
    """Or where they have arrived long ago."""
    assert (ahead(followed(Settles(rate), 32), 10.0) == 0.0).all()


def test_growth_that_slows_down_is_hardly_growth_without_bound():
    """A value on its way to 10 is 7; a fault that predicts 10 is likelier than one that predicts infinity."""
    entry = fault("termination-ignored")
    results = results_for(Learner(gamma=0.9), ((entry, entry.forms[0]),))
    result = next(one for one in results if one.trial.name == "Constant")
    moved = np.array([0.6])
    run = replace(result.runs[0], values=np.array([7.0]), drift=moved, trend=moved, diverged=False)

    def better(pace):
        runs = (replace(run, pace=np.array([pace])),)
        one = replace(result, runs=runs, learned=np.array([7.0]))
        finite, endless = (Values(np.array([mean]), np.ones(1, bool)) for mean in (10.0, np.inf))
        return value_likelihood(one, finite) - value_likelihood(one, endless)

    assert better(0.8) > 1.0
    assert better(1.0) < better(0.8)
