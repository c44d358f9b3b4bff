"""The cross-entropy method on the parameters of a linear policy (Szita and Lorincz, 2006); no critic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.stream import batch_of_one, flatten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Parameters = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the search goes.

    Args:
        population: parameter vectors tried per generation.
        elites: how many of the best the next generation is fitted to.
        episodes: episodes each vector is scored on.
        spread: first standard deviation of every parameter.
        extra_noise: added to the standard deviation, so that the search does not stop too early; it
            fades as ``extra_noise / (1 + generation)``.
    """

    population: int = 20
    elites: int = 4
    episodes: int = 2
    spread: float = 1.0
    extra_noise: float = 0.5


class CrossEntropyMethod:
    """Draws linear policies around a mean, and moves the mean to the ones with the best returns."""

    on_policy = True

    def __init__(self, env: Any, setting: Setting, options: Options | None = None) -> None:
        self.env, self.gamma, self.options = env, setting.gamma, options or Options()
        self.space = env.action_space
        if not isinstance(self.space, (gym.spaces.Discrete, gym.spaces.Box)):
            raise TypeError(f"action space: expected Discrete or Box, got {self.space}")
        self.random = np.random.default_rng(setting.seed)
        self.observation = env.reset(seed=setting.seed)[0]
        inputs = self.features(batch_of_one(self.observation)).shape[1]
        outputs = (
            int(self.space.n)
            if isinstance(self.space, gym.spaces.Discrete)
            else int(np.prod(self.space.shape))
        )
        self.mean = np.zeros((inputs, outputs))
        self.std = np.full_like(self.mean, self.options.spread)
        self.tried: list[tuple[float, Parameters]] = []
        self.generation = 0
        self._owed = 0

    def learn(self, steps: int) -> None:
        """Score whole episodes until ``steps`` are taken; an excess counts for later."""
        self._owed += steps
        while self._owed > 0:
            candidate = self.mean + self.std * self.random.standard_normal(self.mean.shape)
            score = float(np.mean([self.episode(candidate) for _ in range(self.options.episodes)]))
            self.tried.append((score, candidate))
            if len(self.tried) == self.options.population:
                self.refit(self.elites(self.tried))
                self.tried = []

    def episode(self, parameters: Parameters) -> float:
        """The discounted return of one episode."""
        total, weight, done = 0.0, 1.0, False
        while not done:
            action = self.decide(parameters, batch_of_one(self.observation))[0]
            self.observation, reward, terminated, truncated, _ = self.env.step(action)
            total, weight, done = (
                total + weight * float(reward),
                weight * self.gamma,
                bool(terminated or truncated),
            )
            self._owed -= 1
        self.observation = self.env.reset()[0]
        return total

    def elites(self, tried: list[tuple[float, Parameters]]) -> list[Parameters]:
        """The candidates with the highest scores."""
        ranked = sorted(tried, key=lambda scored: scored[0], reverse=True)
        return [candidate for _, candidate in ranked[: self.options.elites]]

    def refit(self, elites: list[Parameters]) -> None:
        """Mean and standard deviation of the next generation."""
        self.mean = np.mean(elites, axis=0)
        self.std = np.std(elites, axis=0) + self.options.extra_noise / (1 + self.generation)
        self.generation += 1

    def features(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """Flat observations with a constant 1 in front; ``(n, 1 + d)``."""
        flat = flatten(self.env.observation_space, observations)
        return np.concatenate([np.ones((len(flat), 1), dtype=np.float32), flat], axis=1)

    def decide(self, parameters: Parameters, observations: NDArray[Any]) -> NDArray[Any]:
        """The actions of the policy with these parameters."""
        scores = self.features(observations) @ parameters
        if isinstance(self.space, gym.spaces.Discrete):
            return np.asarray(scores.argmax(axis=1) + self.space.start)
        bounded = np.isfinite(self.space.low) & np.isfinite(self.space.high)
        low, high = np.where(bounded, self.space.low, -1.0), np.where(bounded, self.space.high, 1.0)
        scaled = (low + high) / 2 + (high - low) / 2 * scores.reshape(len(scores), *self.space.shape)
        return np.asarray(np.clip(scaled, self.space.low, self.space.high), dtype=self.space.dtype)

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """What the mean policy does."""
        return self.decide(self.mean, observations)


@agent_factory(name="CEM", actions=["discrete", "continuous"], discrete_start=True)
def make_agent(env: Any, setting: Setting) -> CrossEntropyMethod:
    """An untrained cross-entropy method on the single environment ``env``."""
    return CrossEntropyMethod(env, setting)
