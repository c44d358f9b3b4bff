"""Agents for a battery: what they have learned is known beforehand."""

import contextlib

import numpy as np


class Scripted:
    """Plays with an action that is right in a given share of the steps; never learns."""

    skill = 0.9

    def __init__(self, env, setting):
        self.env, self.random = env, np.random.default_rng(setting.seed)

    def learn(self, steps):
        """Play on for so many steps."""
        over = True
        for _ in range(steps):
            if over:
                observation, _ = self.env.reset()
            angle = observation[2] + 0.3 * observation[3] if len(observation) == 4 else observation[0]
            good = self.random.random() < self.skill
            action = int(angle > 0) if good else int(self.random.integers(2))
            observation, _, terminated, truncated, _ = self.env.step(action)
            over = terminated or truncated

    def act(self, observations):
        """Unused."""
        return np.zeros(len(observations), int)


class Clumsy(Scripted):
    """The same after a change that broke it."""

    skill = 0.1


class Raising(Scripted):
    """Crashes while it learns."""

    def learn(self, steps):
        """Raise."""
        raise RuntimeError("no\nluck")


class Stubborn(Scripted):
    """Catches every error, and would go on for ever."""

    def learn(self, steps):
        """Play more than it is asked to."""
        while True:
            with contextlib.suppress(Exception):
                super().learn(10_000)


class Lazy(Scripted):
    """Takes no step."""

    def learn(self, steps):
        """Do nothing."""
