"""Agents of Stable-Baselines3 fail the probes of wrappers without them, and pass behind them."""

from __future__ import annotations

from functools import partial

import pytest

import rlprobe

pytest.importorskip("stable_baselines3")
from stable_baselines3.common.atari_wrappers import MaxAndSkipEnv

from rlprobe import FrameSkip, NormalizeAll, RewardScale
from rlprobe.adapters.sb3 import DQN, PPO, sb3_agent

MISSING = {
    "ScaledObservation": ("observations-not-normalised", NormalizeAll),
    "ScaledReward": ("rewards-not-scaled", RewardScale),
    "SkippedEnd": ("frame-skip-missing", FrameSkip),
}


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", [PPO, DQN])
@pytest.mark.parametrize("name", MISSING)
def test_an_agent_lacks_the_wrapper_that_the_report_names_and_passes_with_it(algorithm, name):
    """Without the wrapper the probe fails, by the right cause and sentence; with it all is healthy."""
    fault, wrapper = MISSING[name]
    bare = rlprobe.diagnose(sb3_agent(algorithm), only=[name], seeds=1, budget=600)
    assert bare.verdict == "faulty"
    assert [cause.fault for cause in bare.causes if cause.confidence > 0.5] == [fault]
    assert f"{wrapper.__name__} is missing" in " ".join(str(bare).split())
    wrapped = rlprobe.diagnose(sb3_agent(algorithm, wrappers=[wrapper]), only=[name], seeds=1, budget=600)
    assert wrapped.verdict == "healthy", str(wrapped)


@pytest.mark.slow
def test_a_skip_with_a_stale_last_observation_is_named():
    """Stable-Baselines3's own frame skip fails, by the observation at an end inside a skip."""
    skip = partial(MaxAndSkipEnv, skip=4)
    report = rlprobe.diagnose(sb3_agent(DQN, wrappers=[skip]), only=["SkippedEnd"], seeds=1, budget=600)
    assert report.causes[0].fault == "frame-skip-stale-end"


@pytest.mark.slow
def test_all_three_wrappers_together_pass_all_three():
    """The recommended stack, FrameSkip innermost, keeps every answer right."""
    stack = [FrameSkip, RewardScale, NormalizeAll]
    report = rlprobe.diagnose(sb3_agent(PPO, wrappers=stack), only=MISSING, seeds=1, budget=600)
    assert report.verdict == "healthy", str(report)
