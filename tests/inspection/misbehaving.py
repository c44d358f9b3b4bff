"""Environments that misbehave: they raise, hang, have no end or no numbers."""
# ruff: noqa: D102

from __future__ import annotations

import time
from typing import ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from rlprobe_planted_environments import Healthy  # loaded by conftest under this name


class Raises(Healthy):
    """Raises at step 7 of every episode."""

    def step(self, action):
        if self.time == 6:
            raise RuntimeError("the simulator is unstable")
        return super().step(action)


class Hangs(Healthy):
    """Does not come back from step 7."""

    def step(self, action):
        if self.time == 6:
            time.sleep(60)
        return super().step(action)


class WrongShape(Healthy):
    """Returns four numbers where three are declared."""

    def observe(self):
        return np.zeros(4, np.float32)


class NeverEnds(Healthy):
    """Has no end."""

    limit = 10**9


class Slow(Healthy):
    """Takes 60 ms a step."""

    def step(self, action):
        time.sleep(0.06)
        return super().step(action)


class OwnSpace(spaces.Space):
    """A space that nobody knows."""

    def __init__(self):
        super().__init__(None, None)

    def sample(self, mask=None, probability=None):
        return object()

    def contains(self, x):
        return True


class CustomSpace(Healthy):
    """Observes something that is no array."""

    def __init__(self, render_mode=None):
        super().__init__(render_mode)
        self.observation_space = OwnSpace()

    def observe(self):
        return object()


class NoRender(Healthy):
    """Cannot be rendered."""

    metadata: ClassVar = {"render_modes": []}


def limited(env):
    """``env`` with a specification that declares its limit, and no wrapper that keeps it."""
    env.unwrapped.spec = gym.envs.registration.EnvSpec(
        "planted/Env-v0", max_episode_steps=env.unwrapped.limit
    )
    return env
