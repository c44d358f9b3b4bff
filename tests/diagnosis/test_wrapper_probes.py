"""The probes of wrappers: each missing or broken wrapper is named, and the right one passes."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np
import pytest

import rlprobe
from diagnosis.scripted import Scripted
from rlprobe.diagnosis.plan import plan
from rlprobe.faults import FAULTS, WRAPPER_FAULTS
from rlprobe.faults.behind_wrapper import unit

THREE = ("ScaledObservation", "ScaledReward", "SkippedEnd")
SKIPPED = np.array([71.16, 62.4, 29.4, 16.0])
"""Exact values of SkippedEnd where an agent behind a skip of 4 acts, worked out by hand."""


class Told(Scripted):
    """Acts and values as it is told by the name of the probe; where nothing is said, rightly."""

    acts, skipped, scaled, learned = None, SKIPPED, 1.0, False

    def learn(self, steps):
        super().learn(steps)
        self.learned = True

    def act(self, observations):
        if self.acts and observations.shape[1] == 2:
            return self.acts(observations)
        return super().act(observations)

    def value(self, observations):
        if not self.learned:
            return np.zeros(len(observations))
        if observations.shape[1] == 12:
            shown = dict(zip((1, 5, 7, 11), self.skipped / 16, strict=True))
            return np.array([shown[int(row.sum())] for row in observations])
        right = np.array([np.mean(self.values[row.tobytes()]) for row in observations])
        return right * (self.scaled if abs(right).max() > 100 else 1.0)


def told(**how):
    """A factory of agents that are told."""
    return type("Agent", (Told,), {key: staticmethod(v) if callable(v) else v for key, v in how.items()})


def diagnose(agent, *only):
    """The report of a quick diagnosis."""
    return rlprobe.diagnose(agent, only=only, seeds=1)


def test_right_answers_behind_right_wrappers_are_healthy():
    """What an agent behind the right wrapper would learn passes every probe of wrappers."""
    assert diagnose(Told, *THREE).verdict == "healthy"


CASES = {
    "blind to small components": (
        {"acts": lambda seen: np.zeros(len(seen), int)}, "ScaledObservation", "observations-not-normalised"
    ),
    "follows large components": (
        {"acts": lambda seen: (seen[:, 0] > 1e5).astype(int)}, "ScaledObservation",
        "observations-not-normalised",
    ),
    "critic does not get there": ({"scaled": 0.3}, "ScaledReward", "rewards-not-scaled"),
    "no skip": ({"skipped": np.array([49.8, 57.8, 22.4, 16])}, "SkippedEnd", "frame-skip-missing"),
    "last reward": ({"skipped": np.array([49.8, 46.4, 22.4, 16])}, "SkippedEnd", "frame-skip-rewards"),
    "mean reward": ({"skipped": np.array([17.79, 15.6, 7.35, 4])}, "SkippedEnd", "frame-skip-rewards"),
    "end lost": ({"skipped": np.array([29.4, 16, 15, 0])}, "SkippedEnd", "frame-skip-rewards"),
    "stale end": ({"skipped": np.array([447.0, 480, 29.4, 16])}, "SkippedEnd", "frame-skip-stale-end"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("how", "name", "cause"), CASES.values(), ids=CASES)
def test_what_is_missing_or_broken_is_named(how, name, cause):
    """Answers worked out by hand for each mistake lead to its name, and the report says what to do."""
    report = diagnose(told(**how), name)
    assert report.verdict == "faulty"
    assert report.causes[0].fault == cause
    wrapper = {"ScaledObservation": "NormalizeAll", "ScaledReward": "RewardScale", "SkippedEnd": "FrameSkip"}[
        name
    ]
    assert wrapper in str(report)


@pytest.mark.slow
def test_three_missing_wrappers_are_three_causes_with_their_own_evidence():
    """All that is missing is named at once, and each sentence of evidence is about the cause's own probe."""
    report = diagnose(
        told(acts=lambda seen: np.ones(len(seen), int), scaled=0.02, skipped=CASES["no skip"][0]["skipped"]),
        *THREE,
    )
    causes = {cause.fault: cause.evidence for cause in report.causes}
    assert set(causes) == {"observations-not-normalised", "rewards-not-scaled", "frame-skip-missing"}
    assert [len(sentences) for sentences in causes.values()] == [1, 1, 1]
    assert causes["rewards-not-scaled"][0].startswith("ScaledReward scale=1000.0: V(-1, 1) is (-0.02, 0.02)")


def test_an_agent_that_is_blind_everywhere_lacks_no_wrapper():
    """The probe that comes along in plain units tells a blind agent from one without NormalizeAll."""

    class Blind(Told):
        def act(self, observations):
            return np.zeros(len(observations), int)

    report = diagnose(Blind, "ScaledObservation")
    assert {result.outcome for result in report.results} == {"fail"}
    assert report.causes[0].fault == "observation-ignored"


def test_the_plan_of_every_day_asks_for_no_wrapper():
    """A right agent without wrappers is right: their probes run only when they are named."""
    kinds = frozenset({"discrete"})
    assert not {trial.name for trial in plan(kinds=kinds)} & set(THREE)
    chosen = [(trial.name, trial.unit) for trial in plan(kinds=kinds, only=THREE)]
    assert chosen == [
        ("ObservationSign", 1.0), ("ContextBandit", 1.0), ("ScaledObservation", 1.0),
        ("ScaledReward", 1e3), ("ScaledReward", 1e-3), ("SkippedEnd", 1.0),
    ]  # fmt: skip


def test_faults_of_wrappers_are_not_considered_elsewhere():
    """Where no probe of wrappers ran, the candidates are the catalogue as ever."""
    from rlprobe.faults import candidates

    assert candidates(["TruncBoot", "ContextBandit"]) == FAULTS
    assert set(candidates(THREE)) == {*FAULTS, *WRAPPER_FAULTS}


def test_values_are_judged_in_the_unit_of_the_rewards():
    """A thousand stands in the report as 1, so that 5 % are 5 % in every unit."""
    assert [unit("ScaledReward", options) for options in ({}, {"scale": 1e-3})] == [1e3, 1e-3]
    report = diagnose(Told, "ScaledReward")
    assert [result.learned.round(1).tolist() for result in report.results] == [[-1.0, 1.0]] * 3
