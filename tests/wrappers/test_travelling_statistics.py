"""Statistics that are shared, saved, loaded, copied and pickled."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe import NormalizeAll
from rlprobe.stats import LayoutError, StatsFileError

pytestmark = pytest.mark.usefixtures("arithmetic")


def test_shared_statistics(scripted):
    """stats=train.stats follows training live and is never changed by the evaluation environment."""
    values = np.random.default_rng(10).normal(5, 2, (30, 2))
    train = NormalizeAll(scripted.stream(values))
    evaluation = NormalizeAll(scripted.stream(values), stats=train.stats, update=False)
    scripted.run(train, 9)
    first = evaluation.reset()[0]
    scripted.run(train, 19)
    assert train.stats.count == 30
    assert (evaluation.reset()[0] != first).all()
    assert train.stats.count == 30


def test_statistics_of_another_space_are_refused(scripted):
    """Statistics of another shape are refused at construction with both layouts; so is anything else."""
    other = NormalizeAll(scripted.stream(np.ones((3, 2))))
    with pytest.raises(LayoutError, match=r"observation \(3,\) float64.*observation \(2,\) float64"):
        NormalizeAll(scripted.stream(np.ones((3, 3))), stats=other.stats)
    with pytest.raises(TypeError, match=r"stats=other_env\.stats, got dict"):
        NormalizeAll(scripted.stream(np.ones((3, 3))), stats={})


def test_permuted_features_are_refused(scripted, tmp_path):
    """Features in another order are refused by their bounds or, where these agree, by their names."""
    env = NormalizeAll(gym.make("CartPole-v1"))
    env.reset(seed=0)
    env.save(tmp_path / "s.npz")
    order = [1, 0, 2, 3]
    space = env.env.observation_space
    permuted = gym.wrappers.TransformObservation(
        gym.make("CartPole-v1"), lambda o: o[order], spaces.Box(space.low[order], space.high[order])
    )
    with pytest.raises(LayoutError, match="low of 'observation'"):
        NormalizeAll(permuted).load(tmp_path / "s.npz")
    named = NormalizeAll(scripted.stream(np.ones((3, 2))), names=["x", "y"])
    named.save(tmp_path / "n.npz")
    with pytest.raises(LayoutError, match=r"\('y', 'x'\) against \('x', 'y'\)"):
        NormalizeAll(scripted.stream(np.ones((3, 2))), names=["y", "x"]).load(tmp_path / "n.npz")


@pytest.mark.parametrize("size", [3, 20])
def test_save_load_continue_is_bit_identical(scripted, tmp_path, size):
    """Saving, loading into a new wrapper and going on gives the bits of never having stopped."""
    values = np.random.default_rng(11).normal(1e6, 2, (40, size))
    straight = NormalizeAll(scripted.stream(values))
    scripted.run(straight, 19)
    straight.save(tmp_path / "s.npz")
    resumed = NormalizeAll(scripted.stream(values))
    resumed.env.reset()
    resumed.env.time = 19
    resumed.load(tmp_path / "s.npz")
    for _ in range(20):
        assert (straight.step(0)[0] == resumed.step(0)[0]).all()
    state = resumed.stats.state_dict()
    assert all(v.tobytes() == state[k].tobytes() for k, v in straight.stats.state_dict().items())


def test_load_keeps_frozen(scripted, tmp_path):
    """Loading does not switch counting on or off."""
    train = NormalizeAll(scripted.stream(np.eye(3)))
    scripted.run(train, 2)
    train.save(tmp_path / "s.npz")
    env = NormalizeAll(scripted.stream(np.eye(3)), update=False)
    env.load(tmp_path / "s.npz")
    env.reset()
    assert env.stats.count == 3
    (tmp_path / "s.npz").write_bytes(b"PK nonsense")
    with pytest.raises(StatsFileError, match="damaged"):
        env.load(tmp_path / "s.npz")


def test_pickle_and_copy_are_independent(scripted):
    """A pickled or deep-copied wrapper goes on with the same bits, and apart from the original."""
    values = np.random.default_rng(12).normal(size=(20, 3))
    env = NormalizeAll(gym.make("CartPole-v1"))
    env.reset(seed=0)
    env.step(0)
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    following = env.step(1)[0]
    for twin in twins:
        assert (twin.step(1)[0] == following).all()
        assert twin.stats.count == 3
        assert twin.stats is not env.stats
    assert values.shape == (20, 3)


def test_spec_rebuilds_with_arguments():
    """gym.make(env.spec) gives the same stack with the same arguments and fresh statistics."""
    env = NormalizeAll(gym.make("CartPole-v1"), clip=5.0, names=["a", "b", "c", "d"])
    env.reset(seed=0)
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert isinstance(again, NormalizeAll)
    assert again.clip == 5.0
    assert again.stats.count == 0
    assert again.observation_space == env.observation_space
