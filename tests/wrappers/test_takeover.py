"""Numbers of Gymnasium's and Stable-Baselines3's normalisers, taken over into ours."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.wrappers import NormalizeObservation, NormalizeReward

from rlprobe import NormalizeAll, RewardScale
from rlprobe.stats.takeover import take_over


def test_gymnasium_observations(scripted):
    """Gymnasium's numbers give the exact mean and std: the made-up first sample is taken out."""
    values = np.random.default_rng(0).normal(20.0, 3.0, (500, 2))
    peer = NormalizeObservation(scripted.stream(values))
    scripted.run(peer, 499)
    rms = peer.obs_rms
    env = NormalizeAll(scripted.stream(values))
    take_over(env.stats, mean=rms.mean, var=rms.var, count=rms.count)
    assert env.stats.count == 500
    np.testing.assert_allclose(env.stats.mean, values.mean(0), rtol=1e-12)
    np.testing.assert_allclose(env.stats.std, values.std(0), rtol=1e-9)


def test_gymnasium_rewards(scripted):
    """The variance of Gymnasium's return becomes our divisor."""
    values = np.zeros((300, 1))
    rewards = np.random.default_rng(1).normal(size=299).tolist()
    peer = NormalizeReward(scripted.stream(values, rewards=rewards))
    peer.reset()
    for _ in range(299):
        peer.step(0)
    env = RewardScale(scripted.stream(values, rewards=rewards))
    take_over(env.stats, mean=peer.return_rms.mean, var=peer.return_rms.var, count=peer.return_rms.count)
    exact = RewardScale(scripted.stream(values, rewards=rewards))
    exact.reset()
    for _ in range(299):
        exact.step(0)
    assert env.scale == pytest.approx(exact.scale, rel=1e-9)


def test_stable_baselines3_observations():
    """VecNormalize's numbers give what ours counted on the same stream."""
    running = pytest.importorskip("stable_baselines3.common.running_mean_std")
    rms = running.RunningMeanStd(shape=(3,))
    batches = np.random.default_rng(2).normal(5.0, 2.0, (40, 8, 3))
    for batch in batches:
        rms.update(batch)
    from rlprobe.stats import Layout, RunningStats

    stats, exact = RunningStats(Layout.array((3,))), RunningStats(Layout.array((3,)))
    take_over(stats, mean=rms.mean, var=rms.var, count=rms.count)
    exact.update(batches.reshape(-1, 3))
    assert stats.count == exact.count == 320
    np.testing.assert_allclose(stats.std, exact.std, rtol=1e-9)


@pytest.mark.parametrize(
    "numbers",
    [
        {"mean": [0.0], "var": [1.0], "count": 5},
        {"mean": [0.0, np.nan], "var": [1.0, 1.0], "count": 5},
        {"mean": [0.0, 0.0], "var": [-1.0, 1.0], "count": 5},
        {"mean": [0.0, 0.0], "var": [1.0, 1.0], "count": 0},
    ],
)
def test_impossible_numbers_are_refused(scripted, numbers):
    """Other shapes, non-finite means, negative variances and empty statistics are refused; ours stay."""
    env = NormalizeAll(scripted.stream(np.ones((3, 2))))
    env.reset()
    with pytest.raises(ValueError, match="expected"):
        take_over(env.stats, **numbers)
    assert env.stats.count == 1
