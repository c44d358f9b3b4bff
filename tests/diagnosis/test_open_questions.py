"""What is left open is said, with what it is near to; one probe that crashes does not end the others."""

# ruff: noqa: D102
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import ScriptedWithValues
from diagnosis.synthetic import results_for
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.run import Failure
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault
from rlprobe.faults.transitions import Learner

CUT = fault("truncation-as-termination")


def still_moving(results, *names):
    """The same results, with the values of these probes still moving when the steps were used up."""
    return [
        judge(r.trial, [replace(one, settled=False, drift=0.1 * abs(one.values) + 0.05) for one in r.runs])
        if r.trial.name in names
        else r
        for r in results
    ]


def test_values_near_what_a_fault_predicts_are_held_against_it():
    """A truncation fault learned too slowly is inconclusive, near its name, with a command to give."""
    learner = Learner(gamma=0.9, lam=0.95)
    critic = [r for r in results_for(learner, [(CUT, CUT.forms[0])]) if r.trial.probe.asks == "value"]
    results = still_moving(critic, "TimeLimitLoop", "TruncBoot")
    report = replace(
        conclude("agent", results), settings={"budget": 60.0, "seeds": 1}, target="a.py:make_agent"
    )
    assert (report.verdict, report.exit_code) == ("inconclusive", 3)
    assert {one.near for one in report.open_questions} == {"truncation-as-termination"}
    text = " ".join(str(report).split())
    assert "truncation-as-termination" in text
    assert "rlprobe diagnose a.py:make_agent --only TimeLimitLoop TruncBoot --seeds 3 --budget" in text


@pytest.mark.parametrize(
    ("name", "probes", "verdict"),
    [
        ("forward-accumulation", ("Decoder", "TruncBoot"), "faulty"),
        ("forward-accumulation", ("Decoder",), "inconclusive"),
        ("truncation-as-termination", ("TimeLimitLoop", "TruncBoot"), "inconclusive"),
    ],
)
def test_values_that_go_past_the_exact_ones_need_not_settle(name, probes, verdict):
    """Where two probes agree with one fault; a correct critic may be on its way through other values."""
    entry, learner = fault(name), Learner(gamma=0.9, lam=1.0 if name.startswith("forward") else 0.95)
    found = results_for(learner, [(entry, entry.forms[0])], noise=0.001)
    shown = [r for r in found if r.outcome == "pass" or r.trial.name in probes]
    report = conclude("agent", still_moving(shown, *probes))
    assert report.verdict == verdict, str(report)
    if verdict == "faulty":
        assert report.causes[0].fault == name


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Constant", "inconclusive"),
        ("Decoder", "inconclusive"),
        ("TruncBoot", "inconclusive"),
        ("BothFlags", "inconclusive"),
        ("TimeLimitLoop", "healthy"),
    ],
)
def test_no_agent_is_healthy_with_a_basic_probe_open(name, verdict):
    """One of them undecided is enough; TruncBoot shows what the long way of TimeLimitLoop would."""
    results = still_moving(results_for(Learner(gamma=0.9)), name)
    moved = [
        judge(r.trial, [replace(one, values=0.7 * one.values - 0.2) for one in r.runs])
        if r.trial.name == name
        else r
        for r in results
    ]
    assert conclude("agent", moved).verdict == verdict
    assert conclude("agent", results_for(Learner(gamma=0.9))).verdict == "healthy"


class Particular(ScriptedWithValues):
    """Raises while it learns RewardSet, and cannot be built for Chain."""

    def __init__(self, env, setting):
        super().__init__(env, setting)
        self.rewards = env.unwrapped.dynamics.table.reward if hasattr(env.unwrapped, "dynamics") else []
        if len(self.values) == 7:
            raise NotImplementedError("seven observations are too many for me")

    def learn(self, steps):
        if 5.0 in np.asarray(self.rewards):
            raise ZeroDivisionError("a reward of 5")
        super().learn(steps)


def test_a_crash_on_one_probe_does_not_end_the_others():
    """The report says where it crashed and what was left out; the rest is judged."""
    names = ["Constant", "Decoder", "Chain", "RewardSet", "TruncBoot"]
    report = rlprobe.diagnose(Particular, seeds=2, only=names)
    outcomes = {result.trial.name: result.outcome for result in report.results}
    assert outcomes == {
        "Constant": "pass", "Decoder": "pass", "Chain": "skipped", "RewardSet": "skipped",
        "TruncBoot": "pass",
    }  # fmt: skip
    assert (report.verdict, report.exit_code) == ("inconclusive", 4)
    assert "The agent crashed on RewardSet" in str(report)
    assert "cannot be built" in next(r.why for r in report.results if r.trial.name == "Chain")


def test_an_assertion_shows_the_report():
    """``raise_if_faulty`` carries the whole report; the short form fits into 240 characters."""
    learner = Learner(gamma=0.9, lam=0.95)
    report = conclude("my agent", results_for(learner, [(CUT, CUT.forms[0])]))
    assert len(repr(report)) <= 240
    assert "truncation-as-termination" in repr(report)
    with pytest.raises(AssertionError, match="this fault predicts"):
        report.raise_if_faulty()
    conclude("my agent", results_for(learner)).raise_if_faulty()


def test_the_same_crash_on_several_probes_is_told_once():
    """Errors at one place that differ in numbers only are one error, with all the probes it came up on."""
    failures = [
        ("Constant", Failure("ValueError: found invalid values: tensor([nan, nan])", "", "train.py:8")),
        ("TruncBoot", Failure("ValueError: found invalid values: tensor([[nan, nan]])", "", "train.py:8")),
        ("Chain", Failure("KeyError: 3", "", "train.py:9")),
    ]
    report = conclude("my agent", [], failures)
    assert [labels for labels, _ in report.different_crashes] == [["Constant", "TruncBoot"], ["Chain"]]
    assert "crashed on Constant and TruncBoot: ValueError" in str(report)


def test_one_reason_for_all_probes_is_said_once():
    """A report without any run says why."""
    names = ("Constant", "Decoder")
    why = "it learns from rewards of its own"
    report = conclude(
        "train.py", [Result(trial=Trial(name=n), runs=(), outcome="skipped", why=why) for n in names]
    )
    assert report.verdict == "inconclusive"
    assert str(report).count(f"No probe was run: {why}.") == 1
