"""Agents that crash on episodes of one step are tested on longer ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted.record import Build

import rlprobe
from probe_envs import SUITE, probe, solve
from probe_envs.mdp import is_one_step
from probe_envs.transform import First, with_first_step
from rlprobe.agents.tabular import QLearning
from rlprobe.diagnosis.trial import Trial


class NeedsNextStates(QLearning):
    """Builds batches of next states that are not final, and does not expect an empty one."""

    def learn(self, steps):
        """Crash where every step is the last of its episode."""
        super().learn(steps)
        mdp = self.env.unwrapped.dynamics.mdp
        if is_one_step(mdp):
            raise ValueError("expected a non-empty list of Tensors")


class AlsoClips(NeedsNextStates):
    """Clips rewards, which episodes of one step show best."""

    def update(self, step, next_action):
        """Clip, and learn."""
        super().update(replace(step, reward=float(np.clip(step.reward, -1, 1))), next_action)


@pytest.mark.parametrize("name", [row.name for row in SUITE if row.asks != "exploration"])
def test_one_more_step_changes_no_value(name):
    """Whatever the probe; that of the step itself is the discounted value of the start."""
    mdp = probe(name).mdp()
    plain, longer = solve(mdp, gamma=0.9), solve(with_first_step(mdp), gamma=0.9)
    for state, chance in mdp.start.items():
        if chance:
            assert longer.value(state) == pytest.approx(plain.value(state))
            assert longer.value(First(state)) == pytest.approx(0.9 * plain.value(state))


def test_only_episodes_of_one_step_become_longer():
    """And only once; those of continuous actions are compared by their rewards, and stay."""
    assert Trial(name="Decoder").longer is None
    assert Trial(name="BoxTarget").longer is None
    longer = Trial(name="RewardSet").longer
    assert longer is not None
    assert longer.label == "RewardSet longer"
    assert longer.longer is None


def test_a_crash_on_single_steps_is_told_and_the_probes_are_judged():
    """Its verdict is that of an agent that learns."""
    report = rlprobe.diagnose(Build(NeedsNextStates, "needs next states"), seeds=2)
    assert report.verdict == "healthy", str(report)
    assert "crashes on single ones: ValueError: expected a non-empty list" in " ".join(str(report).split())
    assert {r.trial.label for r in report.results if r.outcome == "pass"} >= {
        "Constant longer",
        "RewardSet longer",
    }


def test_faults_are_named_by_the_longer_episodes():
    """Clipped rewards show in RewardSet."""
    report = rlprobe.diagnose(Build(AlsoClips, "clips"), seeds=2)
    assert report.causes[0].fault == "reward-clipped", str(report)
    assert report.causes[0].confidence > 0.9
