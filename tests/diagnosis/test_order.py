"""Which runs a diagnosis makes: those that can still change the answer."""

# ruff: noqa: D102
from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

import rlprobe
from probe_envs.dynamics import Dynamics
from rlprobe.agent import Setting
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.scheduling.outcomes import Outcomes
from rlprobe.diagnosis.training.counting import Count, environment
from rlprobe.diagnosis.training.runner import follow
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner, observed_in

from .scripted import Scripted, ScriptedWithValues

PROBES = ["Constant", "ContextBandit", "Decoder", "RewardSet", "TruncBoot", "Chain", "BothFlags"]


class ClipsRewards(Scripted):
    """Shows the values that clipped rewards teach, once it has learned."""

    on_policy, loss = False, "squared"

    def __init__(self, env, setting):
        super().__init__(env, setting)
        mdp = env.unwrapped.mdp
        taught = predict(mdp, Learner(gamma=setting.gamma), fault("reward-clipped").forms[:1]).mean
        seen = [np.asarray(o).tobytes() for o in observed_in(Dynamics(mdp)).observations]
        self.taught = dict(zip(seen, taught, strict=True))

    def value(self, observations):
        values = np.array([self.taught[o.tobytes()] for o in observations])
        return self.began * values + 0.003 * self.rng.standard_normal(len(values))


def runs(report):
    """The number of runs of each probe."""
    return {result.trial.label: len(result.runs) for result in report.results}


def test_a_probe_that_passed_with_one_seed_is_not_run_again():
    """More seeds would not change a healthy verdict."""
    report = rlprobe.diagnose(ScriptedWithValues, seeds=3, only=["Constant", "Decoder"])
    assert report.verdict == "healthy"
    assert set(runs(report).values()) == {1}


def test_full_runs_every_probe_with_every_seed():
    """As many runs as asked for, whatever they show."""
    report = rlprobe.diagnose(ScriptedWithValues, seeds=3, only=["Constant", "Decoder"], full=True)
    assert set(runs(report).values()) == {3}


@pytest.mark.parametrize("full", [False, True])
def test_a_named_fault_ends_the_diagnosis_unless_it_is_full(full):
    """What was not run is said, with how to run it, in the report and in JSON."""
    report = rlprobe.diagnose(ClipsRewards, seeds=2, only=PROBES, full=full)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == "reward-clipped"
    assert bool(report.spared) is not full
    assert report.as_dict()["not_run"] == report.spared
    assert ("--full runs everything" in " ".join(str(report).split())) is not full


class ValuesBelowRandomPlay(Scripted):
    """Takes the worst action, and its critic knows what that is worth: -0.5."""

    def act(self, observations):
        return 1 - super().act(observations)

    def value(self, observations):
        return np.full(len(observations), -0.5 if self.began else 0.0)


class ValuesNearZero(ValuesBelowRandomPlay):
    """Takes the worst action too, but its critic has learned nothing yet."""

    def value(self, observations):
        return np.zeros(len(observations))


@pytest.mark.parametrize(("agent", "ends"), [(ValuesBelowRandomPlay, 2_000), (ValuesNearZero, 8_000)])
def test_a_policy_worse_than_random_play_fails_early(agent, ends):
    """Only if its critic says so: a slow agent that has not learned yet gets all the steps."""
    trial, count = Trial(name="ContextBandit", setting=Setting(gamma=0.9)), Count()
    env = environment(trial, 0, count)
    run = follow(agent(env, trial.setting), trial, count, 0, began=0.0, until=float("inf"))
    assert run.steps <= ends
    assert (run.steps < 8_000) is (ends < 8_000)
    assert not run.solved


@pytest.mark.parametrize("chunk_s", [pytest.param(0.1, marks=pytest.mark.slow), 0.25])
def test_a_budget_holds_within_five_percent(monkeypatch, chunk_s):
    """However slow the agent is, as long as one call of ``learn`` is short beside the budget."""
    clock = SimpleNamespace(now=0.0)

    class Slow(ScriptedWithValues):
        on_policy, loss = False, "squared"

        def learn(self, steps):
            clock.now += chunk_s
            super().learn(steps)

        def value(self, observations):
            return super().value(observations) + np.sin(clock.now)  # it never converges

    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)
    report = rlprobe.diagnose(Slow, seeds=3, budget=10.0, only=["Constant", "Decoder", "TimeLimitLoop"])
    assert 8.0 < report.seconds <= 10.5
    assert report.learning_seconds <= report.seconds


def test_steps_of_runs_that_were_made_again_are_counted():
    """A longer run replaces a shorter one with the same seed, but the steps of both were taken."""
    outcomes = Outcomes()
    for steps in (100, 400, 1_600):
        outcomes.keep(0, Run(seed=0, steps=steps, seconds=1.0, gamma=0.9))
    (run,) = outcomes.runs[0]
    assert (run.steps, run.earlier_steps, run.earlier_seconds) == (1_600, 500, 2.0)
