"""Scripts for ``gym`` below 0.26: wrappers and vector environments with four values from ``step``."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import wrappers

from rlprobe.scripts.inside.older import four_values
from rlprobe.scripts.inside.older.four_values import FourValues
from rlprobe.scripts.inside.older.vectors import FourValuesVector


@pytest.fixture(autouse=True)
def old():
    """Wrappers as gym had them, while a test runs."""
    bases = (gym.Wrapper, gym.ObservationWrapper, gym.RewardWrapper, gym.ActionWrapper)
    before = [(thing, dict(vars(thing))) for thing in (*bases, wrappers)]
    four_values.install()
    yield
    for thing, names in before:
        for name in [one for one in vars(thing) if one not in names]:
            delattr(thing, name)
        for name in ("step", "reset"):
            if isinstance(thing, type) and name in names:
                setattr(thing, name, names[name])
    vars(wrappers).update(before[-1][1])


def chain(**options):
    """An environment as a script for gym gets it."""
    return FourValues(gym.make("probe/Chain-v0", **options))


class Doubled(gym.ObservationWrapper):
    """A wrapper of the script's own."""

    def observation(self, observation):
        """Twice as much."""
        return 2 * observation


class Negated(gym.RewardWrapper):
    """Another one."""

    def reward(self, reward):
        """The other sign."""
        return -reward


def episode(env):
    """The observations and rewards of an episode, and the last ``info``."""
    seen, rewards, done, info = [env.reset()], [], False, {}
    while not done:
        observation, reward, done, info = env.step(env.action_space.sample())
        seen.append(observation)
        rewards.append(reward)
    return seen, rewards, info


def test_wrappers_of_both_kinds_lie_above_each_other():
    """Gymnasium's own count the episode, and those of the script see four values, in any order."""
    plain, paid, _ = episode(chain())
    for wrap in (
        lambda env: wrappers.RecordEpisodeStatistics(Negated(Doubled(env))),
        lambda env: Negated(wrappers.RecordEpisodeStatistics(Doubled(env))),
    ):
        seen, rewards, info = episode(wrap(chain()))
        assert np.array_equal(seen, 2 * np.array(plain))
        assert rewards == [-one for one in paid]
        assert abs(info["episode"]["r"]) == pytest.approx(abs(sum(paid)))
        assert info["episode"]["l"] == len(paid)


def test_attributes_of_the_environment_below_are_there():
    """Wrappers of gym passed them on."""
    env = Doubled(chain())
    env.seed(3)
    assert env.action_space is env.unwrapped.action_space
    assert not hasattr(env, "no_such_thing")


def test_a_time_limit_of_gymnasium_truncates_in_the_middle_of_wrappers():
    """``info`` says so, and the episode counts as truncated further up."""
    env = wrappers.RecordEpisodeStatistics(Doubled(wrappers.TimeLimit(chain(), max_episode_steps=2)))
    seen, _, info = episode(env)
    assert len(seen) == 3
    assert info["TimeLimit.truncated"] is True


def test_wrappers_around_five_values_are_as_they_were():
    """Another environment of the same process is none of gym's."""
    env = wrappers.RecordEpisodeStatistics(Doubled(gym.make("probe/Chain-v0")))
    assert len(env.reset(seed=0)) == 2
    assert len(env.step(0)) == 5


def test_a_vector_environment_has_an_info_for_each():
    """One that ends is reset in the same step, and tells its last observation and its statistics."""
    envs = FourValuesVector([lambda: wrappers.RecordEpisodeStatistics(Doubled(chain()))] * 2)
    first = envs.reset()
    assert first.shape == (2, *envs.single_observation_space.shape)
    for _ in range(20):
        observations, rewards, dones, infos = envs.step([0, 0])
        assert len(infos) == len(rewards) == 2
        if dones[0]:
            assert np.array_equal(observations[0], first[0])
            assert not np.array_equal(infos[0]["terminal_observation"], first[0])
            assert infos[0]["episode"]["l"] > 1
            assert not infos[0]["TimeLimit.truncated"]
            return
        assert infos[0] == {}
    pytest.fail("no episode ended")
