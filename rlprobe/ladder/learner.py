"""The learner of the ladder where none is named: the cross-entropy method with linear policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.baselines.policies import Linear

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.agent import Setting

NORMALISED_BY_EPISODES = 5
POPULATION, ELITE = 30, 6
EXTRA_STD, EXTRA_GENERATIONS = 0.5, 15


class LinearLearner:
    """An agent whose policy is linear in the normalised observation. Source: Szita and Lorincz (2006)."""

    def __init__(self, env: gym.Env[Any, Any], setting: Setting) -> None:
        self.env, self.random = env, np.random.default_rng(setting.seed)
        self.family = Linear(env)
        self.family.features.fit_to(env, NORMALISED_BY_EPISODES)
        self.mean, self.std = np.zeros(self.family.size), np.ones(self.family.size)
        self.best = self.mean
        self._scored: list[tuple[float, npt.NDArray[np.float64]]] = []
        self._generation = 0

    def learn(self, steps: int) -> None:
        """Play whole episodes of random policies, until so many steps are taken."""
        taken = 0
        while taken < steps:
            weights = self.mean + self.std * self.random.normal(size=self.family.size)
            total, length = self._episode(weights)
            taken += length
            self._scored.append((total, weights))
            if len(self._scored) == POPULATION:
                self._improve()

    def _episode(self, weights: npt.NDArray[np.float64]) -> tuple[float, int]:
        act = self.family.policy(weights)
        observation, _ = self.env.reset()
        total, length, over = 0.0, 0, False
        while not over:
            observation, reward, terminated, truncated, _ = self.env.step(act(observation))
            total, length, over = total + float(reward), length + 1, bool(terminated or truncated)
        return total, length

    def _improve(self) -> None:
        elite = np.array([w for _, w in sorted(self._scored, key=lambda one: one[0])[-ELITE:]])
        noise = EXTRA_STD * max(0.0, 1.0 - (self._generation + 1) / EXTRA_GENERATIONS)
        self.mean, self.std = elite.mean(axis=0), elite.std(axis=0) + noise
        self.best, self._scored = self.mean, []
        self._generation += 1

    def act(self, observations: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The actions of the mean policy."""
        act = self.family.policy(self.best)
        return np.array([act(observation) for observation in observations])


def make_linear(env: Any, setting: Setting) -> LinearLearner:
    """``make_agent`` of the linear learner."""
    return LinearLearner(env, setting)
