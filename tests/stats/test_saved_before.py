"""Statistics saved before the kernels were rewritten still load, and go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rlprobe.stats import RunningStats

SAVED = Path(__file__).parent / "saved"


def returns_of(rewards, gamma=0.9):
    """Discounted returns of one episode in each column."""
    returns = [np.zeros(rewards.shape[1])]
    for reward in rewards:
        returns.append(gamma * returns[-1] + reward)
    return np.array(returns[1:])


def test_a_flat_array_with_a_value_left_out():
    """Far means, and a count of its own where a value was left out; further samples count on."""
    stream = np.random.default_rng(0).normal([1e8, 0.0, -3.0], [1.0, 0.1, 20.0], (50, 3))
    stream[7, 1] = np.nan
    stats = RunningStats.from_file(SAVED / "flat_with_a_value_left_out.npz")
    assert stats.count == 50
    assert stats.component_count.tolist() == [50, 49, 50]
    np.testing.assert_allclose(stats.std, np.nanstd(stream, 0), rtol=1e-12)
    more = np.random.default_rng(1).normal(size=(30, 3)) + stream[0]
    stats.update(more)
    both = np.concatenate([stream, more])
    np.testing.assert_allclose(stats.mean, np.nanmean(both, 0), rtol=1e-14)
    np.testing.assert_allclose(stats.std, np.nanstd(both, 0), rtol=1e-12)


def test_a_nest_with_a_picture():
    """A leaf of floats and a picture with one statistic per channel."""
    rng = np.random.default_rng(1)
    samples = [(rng.normal(size=2).astype(np.float32), rng.integers(0, 256, (8, 8, 3))) for _ in range(20)]
    stats = RunningStats.from_file(SAVED / "nested_with_a_picture.npz")
    arm, camera = (np.array(part, dtype=np.float64) for part in zip(*samples, strict=True))
    assert stats.count["camera"] == 20
    np.testing.assert_allclose(stats.std["arm"][0], arm.std(0), rtol=1e-12)
    np.testing.assert_allclose(stats.mean["camera"], camera.mean((0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(stats.std["camera"], camera.std((0, 1, 2)), rtol=1e-12)


def test_returns_under_way():
    """The returns of running episodes, and which environment resets next, are read beside the statistics."""
    returns = returns_of(np.random.default_rng(2).normal(2.0, 3.0, (30, 3)))
    stats = RunningStats.from_file(SAVED / "returns_under_way.npz")
    assert stats.count == returns.size
    assert float(stats.std) == pytest.approx(float(returns.std()), rel=1e-12)
    assert stats.extra["resetting"].tolist() == [True, False, False]
    np.testing.assert_allclose(stats.extra["returns"], [0.0, *returns[-1, 1:]], rtol=1e-14)
