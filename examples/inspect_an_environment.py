"""Look at an environment before training: what is wrong, what to wrap, and what changes.

Run it with ``python examples/inspect_an_environment.py``; it needs nothing but rlprobe.
"""

from __future__ import annotations

import gymnasium as gym
import numpy as np

import rlprobe
from rlprobe import NormalizeAll, RewardScale


class Pressure(gym.ObservationWrapper):
    """Pendulum with a pressure in pascal among its observations, as a careless sensor would add it."""

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (4,), np.float32)

    def observation(self, observation):
        """The observation with the pressure behind it."""
        return np.append(observation, np.float32(101_325 + 2000 * observation[0]))


def make():
    """The environment as it is."""
    return Pressure(gym.make("Pendulum-v1"))


before = rlprobe.inspect(make(), steps=5000, pictures=False, checkers=False)
print(before)

after = rlprobe.inspect(NormalizeAll(RewardScale(make())), steps=5000, pictures=False, checkers=False)
print(after)

print("before:", [flag.id for flag in before.flags if flag.severity != "note"])
print("after: ", [flag.id for flag in after.flags if flag.severity != "note"])
