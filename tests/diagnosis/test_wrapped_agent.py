"""An agent behind wrappers is asked in the terms of the environment, and asking changes nothing."""

# ruff: noqa: D102
from __future__ import annotations

import copy
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import ClipReward, NormalizeReward, RescaleObservation

from rlprobe import FrameSkip, NormalizeAll, RewardScale, Setting
from rlprobe.diagnosis.wrapped_agent import WrapError, wrapped, wrapper
from rlprobe.wrappers import vector

SETTING = Setting()


class Echo:
    """Answers every question with what it was asked, and remembers its environment."""

    gamma = 0.9

    def __init__(self, env, setting):
        self.env, self.setting = env, setting

    def learn(self, steps):
        self.env.reset(seed=0)
        for _ in range(steps):
            self.env.step(0)

    def act(self, observations):
        return observations[:, 0]

    def value(self, observations):
        return observations[:, 0].astype(np.float64)


def learned(*wrappers, steps=8):
    """An agent on CartPole that has taken some steps behind wrappers, fewer than an episode has."""
    agent = wrapped(Echo, wrappers)(gym.make("CartPole-v1"), SETTING)
    agent.learn(steps)
    return agent


def test_questions_are_standardised_with_the_statistics_as_they_are():
    """What the agent sees is exactly ``normalize``, and nothing has been counted afterwards."""
    agent = learned(NormalizeAll)
    before = agent.agent.env.stats.state_dict()
    asked = np.array([[0.1, 0.2, 0.0, 0.0], [-0.3, 0.0, 0.1, 0.0]], np.float32)
    assert agent.act(asked) == pytest.approx(agent.agent.env.normalize(asked)[:, 0])
    assert abs(agent.act(asked) - asked[:, 0]).max() > 0.1
    after = agent.agent.env.stats.state_dict()
    assert all((before[name] == after[name]).all() for name in before)


def test_values_come_back_in_the_unit_of_the_rewards():
    """A value learned from divided rewards is multiplied by what they are divided by; an action is not."""
    agent = learned(RewardScale)
    scale = agent.agent.env.scale
    assert scale > 1.1
    asked = np.ones((1, 4), np.float32)
    assert agent.value(asked).tolist() == [scale]
    assert agent.act(asked).tolist() == [1.0]


def test_what_the_agent_does_not_show_is_not_made_up():
    """Only questions that the agent itself answers are offered; other attributes are its own."""
    agent = learned(FrameSkip, steps=1)
    assert not hasattr(agent, "q_values")
    assert agent.gamma == 0.9


def test_wrappers_are_put_on_in_order_with_their_arguments():
    """The first one is the innermost, as in RewardScale(FrameSkip(env, 2))."""
    env = learned(partial(FrameSkip, skip=2), RewardScale, steps=1).agent.env
    assert isinstance(env, RewardScale)
    assert isinstance(env.env, FrameSkip)
    assert env.env.skip == 2


def test_vector_environments_get_the_wrappers_for_them():
    """The same classes stand for those of the same name in ``wrappers.vector``, arguments included."""
    envs = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
    env = wrapped(Echo, [partial(RewardScale, gamma=0.5), NormalizeAll])(envs, SETTING).agent.env
    assert isinstance(env, vector.NormalizeAll)
    assert isinstance(env.env, vector.RewardScale)
    assert env.env.gamma == 0.5


def test_what_a_factory_says_of_itself_stays_true():
    """Traits are the inner factory's; only the name tells of the wrappers."""

    def make_agent(env, setting): ...

    make_agent.actions, make_agent.vector = ("discrete",), True
    factory = wrapped(make_agent, [NormalizeAll])
    assert factory.actions == ("discrete",)
    assert factory.vector
    assert copy.deepcopy(factory).name == "make_agent in NormalizeAll"
    assert not wrapped(make_agent, [lambda env: env]).vector


@pytest.mark.parametrize(
    "foreign",
    [
        partial(ClipReward, max_reward=1.0),
        NormalizeReward,
        partial(RescaleObservation, min_obs=np.float32(0), max_obs=np.float32(1)),
    ],
)
def test_wrappers_that_questions_cannot_follow_are_refused(foreign):
    """A foreign change of observations or rewards would make every comparison wrong."""
    env = gym.wrappers.TransformObservation(
        gym.make("CartPole-v1"), lambda seen: np.clip(seen, -1, 1), gym.spaces.Box(-1, 1, (4,))
    )
    with pytest.raises(WrapError, match=r"changes observations or rewards.*NormalizeAll"):
        wrapped(Echo, [foreign])(env, SETTING)


def test_names_and_objects_that_are_no_wrappers_are_refused():
    """At construction, with what is expected."""
    with pytest.raises(WrapError, match="expected one of the wrappers NormalizeAll"):
        wrapper("Normalize")
    with pytest.raises(WrapError, match=r"expected functions from env.* to env.*, got 'FrameSkip'"):
        wrapped(Echo, ["FrameSkip"])
