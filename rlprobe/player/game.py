"""A game in progress: episodes, seeds, trajectory and score, without screen or clock."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.environments.random_policy import episode_seeds
from rlprobe.environments.signals import flag, number

if TYPE_CHECKING:
    import gymnasium as gym


@dataclass
class Played:
    """One episode: T + 1 observations, T actions and rewards, and how it ended."""

    seed: int
    observations: list[Any]
    actions: list[Any] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False

    @property
    def total(self) -> float:
        """The return."""
        return float(sum(self.rewards))

    @property
    def over(self) -> bool:
        """Whether the environment ended it."""
        return self.terminated or self.truncated


class Game:
    """Plays episodes of ``env`` one decision at a time.

    Args:
        env: the environment.
        seed: seed of the episodes; drawn at random if None.
        keep: whether to keep observations, so that they can be saved.
    """

    def __init__(self, env: gym.Env[Any, Any], seed: int | None, *, keep: bool) -> None:
        self.env, self._keep = env, keep
        self.seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        self.episodes: list[Played] = []
        self.restart()

    @property
    def now(self) -> Played:
        """The current episode."""
        return self.episodes[-1]

    def restart(self) -> None:
        """Start the next episode; an episode without any decision is replaced."""
        if self.episodes and not self.now.actions:
            self.episodes.pop()
        number = len(self.episodes)
        seed = episode_seeds(self.seed, number)[0]
        observation, _ = self.env.reset(seed=seed)
        self.episodes.append(Played(seed, [deepcopy(observation)] if self._keep else []))

    def decide(self, action: Any) -> None:
        """Take one action; the episode may be over after it."""
        observation, reward, terminated, truncated, _ = self.env.step(action)
        now = self.now
        now.actions.append(deepcopy(action))
        now.rewards.append(number(reward))
        if self._keep:
            now.observations.append(deepcopy(observation))
        now.terminated, now.truncated = flag("terminated", terminated), flag("truncated", truncated)

    @property
    def finished(self) -> list[Played]:
        """The episodes that the environment ended."""
        return [e for e in self.episodes if e.over]
