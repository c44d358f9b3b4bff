# ruff: noqa: D102, D103 - what each is wrong in is its name
"""Factories that are wrong in one way each; the command line must name the way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np


class Idle:
    """Steps at random, learns nothing, and shows values of 0."""

    def __init__(self, env, setting):
        self.env, self.setting = env, setting
        self.env.reset(seed=setting.seed)

    def learn(self, steps):
        for _ in range(steps):
            *_, terminated, truncated, _ = self.env.step(self.env.action_space.sample())
            if terminated or truncated:
                self.env.reset()

    def act(self, observations):
        return np.array([self.env.action_space.sample() for _ in observations])

    def value(self, observations):
        return np.zeros(len(observations))


class Knowing(Idle):
    """Shows the right value of the probe Constant from the start."""

    def value(self, observations):
        return np.ones(len(observations))


def variant(**methods):
    def make_agent(env, setting):
        agent = Idle(env, setting)
        for name, method in methods.items():
            setattr(agent, name, method)
        return agent

    return make_agent


def step_with(action):
    def make_agent(env, setting):
        agent = Idle(env, setting)
        agent.learn = lambda _steps: env.step(action)
        return agent

    return make_agent


def fail(error):
    def method(*_):
        raise error

    return method


def make_slow(env, setting):
    """Never ends learning, and says so once it has begun."""

    def learn(_steps):
        Path(os.environ["SLOW_AGENT_STARTED"]).write_text("now")
        while True:
            time.sleep(0.05)

    agent = Idle(env, setting)
    agent.learn = learn
    return agent


def make_late(env, setting):
    """Has no policy before it has learned, and only one for ``Discrete`` afterwards."""
    agent = Knowing(env, setting)
    step, agent.policy = agent.learn, None
    choices = env.action_space.n

    def learn(steps):
        step(steps)
        agent.policy = np.zeros(choices)

    agent.learn, agent.act = learn, lambda o: np.full(len(o), agent.policy.argmax())
    return agent


def make_nothing(env, setting):
    return None


def make_without_act(env, setting):
    class Learner:
        def learn(self, steps): ...

    return Learner()


def make_raising(env, setting):
    raise RuntimeError("no licence found")


def make_without_arguments():
    return Idle


make_idle, make_knowing = Idle, Knowing
without_values = variant(value=None)
value_wrong_shape = variant(value=lambda o: np.zeros((len(o), 1)))
value_nan = variant(value=lambda o: np.full(len(o), np.nan))
value_text = variant(value=lambda _o: "high")
q_values_wrong_shape = variant(value=None, q_values=lambda o: np.zeros(len(o)))
act_outside = variant(act=lambda o: np.full(len(o), 99))
act_wrong_shape = variant(act=lambda o: np.zeros((len(o), 3)))
act_nan = variant(act=lambda o: np.full(len(o), np.nan))
learn_nothing = variant(learn=lambda _steps: None)
learn_crash = variant(learn=fail(ZeroDivisionError("division by zero")))
learn_exit = variant(learn=fail(SystemExit(0)))
gamma_outside = variant(gamma=1.5)
steps_outside = step_with(99)
steps_nan = step_with(np.array([np.nan]))
steps_wrong_shape = step_with(np.array([0, 0]))


def make_unknown_kind(env, setting):
    return Idle(env, setting)


make_unknown_kind.actions = {"hybrid"}
NUMBER = 3
