"""The whole way from an agent to a report, with agents that answer at once."""

# ruff: noqa: D102
from __future__ import annotations

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import Scripted, ScriptedWithValues
from rlprobe.diagnosis import workers
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.questions import AgentError
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.runner import run
from rlprobe.diagnosis.trial import Trial


class AlwaysTheFirst(Scripted):
    """Knows one action only."""

    def act(self, observations):
        return np.zeros(len(observations), int)


class Raises(Scripted):
    """Fails in the middle of learning."""

    def learn(self, steps):
        raise ZeroDivisionError("division by zero in my loss")


class Idle(ScriptedWithValues):
    """Never steps its environment."""

    def learn(self, steps):
        pass


class Column(ScriptedWithValues):
    """Returns values as a column."""

    def value(self, observations):
        return super().value(observations)[:, None]


class NotANumber(ScriptedWithValues):
    """Returns NaN from the beginning."""

    def value(self, observations):
        return np.full(len(observations), np.nan)


class Outside(Scripted):
    """Believes in an action that does not exist."""

    def act(self, observations):
        return np.full(len(observations), 99)


def test_exact_answers_are_healthy():
    """An agent that shows the exact values and actions passes every judged probe."""
    report = rlprobe.diagnose(ScriptedWithValues, seeds=2)
    assert report.verdict == "healthy"
    assert report.exit_code == 0
    assert report.causes == ()
    judged = [r for r in report.results if r.trial.probe.asks != "exploration" and not r.runs[0].unsuited]
    assert all(r.outcome == "pass" for r in judged)


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (lambda v: -v, "sign-flipped"),
        (lambda v: 0 * v, "value-target-is-prediction"),
        (lambda v: np.clip(v, -1e9, 1e9) * 0.9, "discount-exponent"),
    ],
    ids=["negated", "zero", "shrunk"],
)
def test_wrong_values_lead_to_their_fault(wrong, cause):
    """Values that are wrong in a known way are named."""

    def make_agent(env, setting):
        agent = ScriptedWithValues(env, setting, wrong)
        if cause == "sign-flipped":
            agent.best = {key: ~best for key, best in agent.best.items()}
        return agent

    report = rlprobe.diagnose(
        make_agent, seeds=2, only=["Constant", "ObservationSign", "Decoder", "RewardSet"]
    )
    assert report.verdict == "faulty"
    assert report.causes[0].fault == cause


def test_an_agent_with_only_actions_is_judged_by_its_actions_and_told_so():
    """Without values the value probes are skipped, and the report says what values would add."""
    report = rlprobe.diagnose(Scripted, seeds=2)
    assert report.verdict == "healthy"
    assert "shows no values" in str(report)


def test_random_actions_pass_no_probe_of_actions():
    """An agent that guesses is right now and then, and is not taken for one that knows."""
    rng = np.random.default_rng(0)

    class Guesses(Scripted):
        def act(self, observations):
            return rng.integers(self.env.action_space.n, size=len(observations))

    report = rlprobe.diagnose(Guesses, seeds=1, only=["ActionOrder", "ContextBandit", "WillToLive"])
    assert {result.outcome for result in report.results} == {"fail"}


def test_a_policy_that_wanders_passes_no_probe_of_actions():
    """A policy that goes from arm to arm is right for three looks in a row, and wrong again soon."""

    class Wanders(Scripted):
        looks = 0

        def act(self, observations):
            self.looks += 1
            arm = (0, 1, 2, 4, 3)[self.looks // 3 % 5]
            return np.full(len(observations), arm % self.env.action_space.n)

    report = rlprobe.diagnose(Wanders, seeds=1, only=["ActionOrder"])
    assert {result.outcome for result in report.results} == {"fail"}


class KnowsStarts(Scripted):
    """Says that it acts rightly where actions start at 2, which is not so."""

    discrete_start = True


def test_actions_that_start_at_2_are_asked_of_agents_that_claim_to_know_them():
    """An agent that claims it and ignores the start fails there, by the numbers it should have chosen."""
    right, shifted = rlprobe.diagnose(KnowsStarts, seeds=1, only=["ActionOrder"]).results
    assert (right.outcome, shifted.outcome) == ("pass", "fail")
    assert (right.expected, shifted.expected, shifted.learned) == ([[3]], [[5]], [[3], [3]])
    assert len(rlprobe.diagnose(Scripted, seeds=1, only=["ActionOrder"]).results) == 1


def test_a_crash_is_a_crash_and_not_a_verdict():
    """An agent that raises gives exit code 4, with its error and its place."""
    report = rlprobe.diagnose(Raises, seeds=1)
    assert report.verdict == "inconclusive"
    assert report.exit_code == 4
    assert "division by zero in my loss" in str(report)
    assert "test_diagnosis.py" in report.crash[1].place


@pytest.mark.parametrize(
    ("agent", "sentence"),
    [
        (Idle, "took no step"),
        (Column, "expected shape"),
        (NotANumber, "expected finite numbers"),
    ],
)
def test_answers_that_cannot_be_read_are_named(agent, sentence):
    """Wrong shapes, NaN, foreign actions and agents that never step get one clear sentence."""
    report = rlprobe.diagnose(agent, seeds=1)
    assert report.verdict != "healthy"
    assert report.exit_code == 2
    assert sentence in " ".join(str(report).split())


def test_actions_outside_the_space_are_refused_before_any_training():
    """Believing in an action that does not exist is found when the agent is built."""
    with pytest.raises(AgentError, match="expected a member of Discrete"):
        rlprobe.diagnose(Outside, seeds=1)


def test_a_factory_that_returns_something_else_is_refused():
    """What has no learn and act is not an agent."""
    with pytest.raises(AgentError, match="no method learn"):
        rlprobe.diagnose(lambda env, setting: object(), seeds=1)


def test_a_factory_that_always_raises_is_refused_at_once():
    """Nothing is trained with a factory that can build no agent."""

    def make_agent(env, setting):
        raise RuntimeError("no such layer")

    with pytest.raises(AgentError, match="no such layer"):
        rlprobe.diagnose(make_agent)


@pytest.mark.parametrize(
    "arguments", [{"seeds": 0}, {"gamma": 1.0}, {"gamma": -0.1}, {"budget": 0}, {"jobs": 0}]
)
def test_arguments_out_of_range_are_refused(arguments):
    """Each argument is checked before anything is trained."""
    with pytest.raises(ValueError, match=next(iter(arguments))):
        rlprobe.diagnose(ScriptedWithValues, **arguments)


def test_the_json_has_the_fields_of_schema_1(tmp_path):
    """Machines rely on the names."""
    report = rlprobe.diagnose(ScriptedWithValues, seeds=1, only=["Constant", "Decoder"])
    report.to_json(tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    every = "schema agent verdict seconds learning_seconds steps not_run causes probes"
    assert set(data) == set(every.split())
    assert data["schema"] == 1
    assert set(data["probes"][0]) >= {
        "probe", "setting", "outcome", "expected", "learned", "steps", "seconds", "why"
    }  # fmt: skip


def test_a_slow_agent_meets_every_probe_within_the_budget(monkeypatch):
    """If every run takes all the time it may, each still gets half of an equal share."""
    clock = SimpleNamespace(now=0.0)

    class TakesItsTime:
        traits = None

        def run(self, trial, seed, *, until):
            seconds, clock.now = until - clock.now, until
            return seconds

    for module in (workers, workers.task):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    tasks = [workers.Task(i, Trial(name="Constant"), 0) for i in range(13)]
    with workers.workers(TakesItsTime(), 1) as here:
        taken = [seconds for _, seconds in here.run(tasks, 130.0)]
    assert len(taken) == 13
    assert sum(taken) == pytest.approx(130.0)
    assert min(taken) > 5.0


def test_once_a_run_is_cut_short_the_next_ones_get_longer(monkeypatch):
    """A dozen runs that all end too early tell nothing; two or three that reach their end may."""
    clock = SimpleNamespace(now=0.0)

    class IsSlow:
        traits = None

        def run(self, trial, seed, *, until):
            del trial
            seconds, clock.now = until - clock.now, until
            return Run(seed=seed, steps=9, seconds=seconds, gamma=0.9, timed_out=True)

    monkeypatch.setattr(workers, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    monkeypatch.setattr(workers.task, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    tasks = [workers.Task(i, Trial(name="Constant"), 0) for i in range(13)]
    with workers.workers(IsSlow(), 1) as here:
        taken = [outcome.seconds for _, outcome in here.run(tasks, 130.0)]
    assert taken[0] == pytest.approx(12.0)
    assert taken[1] == pytest.approx(0.6 * (130.0 - 12.0))
    assert sum(taken) == pytest.approx(130.0)


def test_actions_that_time_has_cut_short_are_undecided():
    """Not solving an action probe is a fault after half of its steps, and tells nothing before."""
    trial = Trial(name="ContextBandit", most_steps=1_000)
    cut = judge(trial, [run(AlwaysTheFirst, trial, 0, seconds=0.0)])
    assert (cut.outcome, cut.runs[0].timed_out) == ("undecided", True)
    assert "longer --budget" in cut.why
    whole = judge(trial, [run(AlwaysTheFirst, trial, 0)])
    assert (whole.outcome, whole.runs[0].timed_out) == ("fail", False)


def test_a_seed_that_time_has_cut_short_takes_nothing_back():
    """A value probe that passed stays passed if a later seed had no time; one that had time counts."""
    trial = Trial(name="Constant")
    passed = run(ScriptedWithValues, trial, 0)
    moving = replace(
        passed, seed=1, initial=np.zeros(1), values=passed.values / 2, settled=False, timed_out=True
    )
    assert judge(trial, [passed]).outcome == "pass"
    both = judge(trial, [passed, moving])
    assert (both.outcome, both.learned.round(1).tolist()) == ("pass", [1.0])
    assert judge(trial, [passed, replace(moving, timed_out=False)]).outcome == "undecided"


def test_forked_workers_find_the_same_as_this_process():
    """The number of processes changes nothing but the time."""
    one, two = (
        rlprobe.diagnose(ScriptedWithValues, seeds=2, jobs=jobs, only=["Constant", "Decoder"])
        for jobs in (1, 2)
    )
    assert one.verdict == two.verdict == "healthy"
    for a, b in zip(one.results, two.results, strict=True):
        assert a.learned == pytest.approx(b.learned)


def test_the_global_random_state_is_untouched():
    """A diagnosis draws nothing from the process-wide generators."""
    before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    rlprobe.diagnose(ScriptedWithValues, seeds=1, only=["RandomExit", "ContextBandit"])
    assert random.getstate() == before[0]
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
