"""Environments that play back a script, so that every number that reaches a wrapper is known."""

from __future__ import annotations

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest


@dataclass(frozen=True)
class Episode:
    """``len(rewards) + 1`` observations; ``ending`` is "terminated", "truncated" or "running"."""

    observations: list
    rewards: list
    ending: str = "terminated"


class ScriptedEnv(gym.Env):
    """Plays episodes in order, then starts over."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 40}  # noqa: RUF012 (Gymnasium's own form)

    def __init__(self, space, episodes, render_mode=None):
        self.observation_space = space
        self.action_space = gym.spaces.Discrete(2)
        self.episodes = episodes
        self.number = -1
        self.time = 0
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self.number += 1
        self.time = 0
        return self.episode.observations[0], {}

    @property
    def episode(self):  # noqa: D102
        return self.episodes[self.number % len(self.episodes)]

    def step(self, action):  # noqa: D102
        episode = self.episode
        reward = episode.rewards[self.time]
        self.time += 1
        last = self.time == len(episode.rewards)
        ended = {"terminated": (last, False), "truncated": (False, last), "running": (False, False)}[
            episode.ending
        ]
        return episode.observations[self.time], reward, *ended, {"time": self.time}

    def render(self):  # noqa: D102
        return np.full((4, 4, 3), self.time, dtype=np.uint8)


def box_of(*shape, dtype=np.float64, bound=np.inf):
    """An unbounded box."""
    return gym.spaces.Box(-bound, bound, shape, dtype)


def stream_env(values, rewards=None, dtype=np.float64):
    """One endless episode whose observations are the rows of ``values``."""
    values = np.asarray(values, dtype=dtype)
    rewards = [0.0] * (len(values) - 1) if rewards is None else list(rewards)
    return ScriptedEnv(box_of(*values.shape[1:], dtype=dtype), [Episode(list(values), rewards, "running")])


def run_through(env, n):
    """Reset and take ``n`` steps; the observations that came out."""
    out = [env.reset(seed=0)[0]]
    out += [env.step(0)[0] for _ in range(n)]
    return out


def random_episodes(rng, space, count=12, longest=9):
    """Episodes of random length, values and ending over ``space``."""
    episodes = []
    for _ in range(count):
        n = int(rng.integers(1, longest))
        rewards = rng.normal(2.0, 3.0, n).tolist()
        ending = "terminated" if rng.random() < 0.5 else "truncated"
        observations = [rng.normal(5.0, 2.0, space.shape).astype(space.dtype) for _ in range(n + 1)]
        episodes.append(Episode(observations, rewards, ending))
    return episodes


@pytest.fixture(scope="session")
def scripted():
    """The names of this file, as one object."""

    class Names:
        Episode = Episode
        Env = ScriptedEnv
        box = staticmethod(box_of)
        stream = staticmethod(stream_env)
        run = staticmethod(run_through)
        random_episodes = staticmethod(random_episodes)

    return Names
