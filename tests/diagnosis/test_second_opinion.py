"""An action probe fails only if two seeds agree."""

# ruff: noqa: D102

import numpy as np

import rlprobe

from .scripted import ScriptedWithValues

PROBES = ["Constant", "ContextBandit"]


class SettlesBadlyOnce(ScriptedWithValues):
    """Takes one action whatever it sees, as a policy does that has collapsed; only with seed 0."""

    def act(self, observations):
        bad = self.setting.seed == 0 and self.began
        return np.zeros(len(observations), int) if bad else super().act(observations)


class SettlesBadlyAlways(ScriptedWithValues):
    """Takes one action whatever it sees, with every seed."""

    def act(self, observations):
        return np.zeros(len(observations), int)


def test_a_policy_that_collapses_with_one_seed_is_not_called_faulty():
    """With one seed asked for, others are trained where the first one failed, and they disagree."""
    report = rlprobe.diagnose(SettlesBadlyOnce, seeds=1, only=PROBES)
    assert report.verdict == "healthy", str(report)


def test_a_policy_that_collapses_with_every_seed_is_faulty():
    """A second seed confirms the first."""
    report = rlprobe.diagnose(SettlesBadlyAlways, seeds=1, only=PROBES)
    assert report.verdict == "faulty", str(report)
    assert len(next(r for r in report.results if r.trial.name == "ContextBandit").runs) == 2


class LuckyOnce(ScriptedWithValues):
    """A policy that learns nothing; with seed 0 it happens to prefer the best actions."""

    def act(self, observations):
        best = super().act(observations)
        return best if self.setting.seed == 0 else (best + 1) % self.env.action_space.n


def test_best_actions_of_one_seed_may_be_luck():
    """Where one in four policies would be right, a second seed is run, and then a third."""
    report = rlprobe.diagnose(LuckyOnce, seeds=1, only=PROBES)
    assert report.verdict == "faulty", str(report)
    assert len(next(r for r in report.results if r.trial.name == "ContextBandit").runs) == 3
    assert len(next(r for r in report.results if r.trial.name == "Constant").runs) == 1
