"""What must hold of every watched run: numbers that an independent computation confirms, and fixed memory."""

from __future__ import annotations

import tracemalloc
from typing import ClassVar

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.monitors.curves import Curves
from rlprobe.monitors.episodes.places import Places

GAMMA = 0.9


class Noted(gym.Env):
    """Random observations, rewards that depend on them, episodes that end or are truncated by turns."""

    observation_space = gym.spaces.Box(-9, 9, (3,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def __init__(self):
        self.rng = np.random.default_rng(0)
        self.episodes = []

    def _observed(self):
        self.episodes[-1]["seen"].append(self.rng.normal(size=3).astype(np.float32))
        return self.episodes[-1]["seen"][-1]

    def reset(self, *, seed=None, options=None):
        """Start an episode, and note it."""
        self.episodes.append({"seen": [], "rewards": [], "cut": len(self.episodes) % 2 == 0})
        return self._observed(), {}

    def step(self, action):
        """Pay for the observation that was shown last."""
        now = self.episodes[-1]
        now["rewards"].append(float(now["seen"][-1][0] + 0.3 * self.rng.normal()))
        over = len(now["rewards"]) == 20 + len(self.episodes) % 7
        return self._observed(), now["rewards"][-1], over and not now["cut"], over and now["cut"], {}


def returns_of(episodes, value):
    """Discounted returns by observation, from the end of each episode backwards, bootstrapped where cut."""
    found = {}
    for one in episodes:
        following = value(one["seen"][-1]) if one["cut"] else 0.0
        for seen, reward in zip(reversed(one["seen"][:-1]), reversed(one["rewards"]), strict=False):
            following = reward + GAMMA * following
            found[seen.tobytes()] = following
    return found


def test_explained_variance_on_stored_episodes():
    """With truncation, discount and a critic that learns, it is what stored episodes give."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    env, critic = Noted(), torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.02)

    def value(observation):
        with torch.no_grad():
            return critic(torch.as_tensor(observation)[None]).item()

    with rlprobe.watch(gamma=GAMMA, total=1_500) as watch:
        observation, _ = env.reset()
        for step in range(1_500):
            critic(torch.as_tensor(observation)[None])
            observation, reward, terminated, truncated, _ = env.step(0)
            if terminated or truncated:
                observation, _ = env.reset()
            if step % 5 == 4:
                optimizer.zero_grad()
                (critic(torch.as_tensor(observation)[None]) - reward).square().sum().backward()
                optimizer.step()
    assert watch.problems == []
    exact = returns_of([one for one in env.episodes if len(one["rewards"]) >= 20], value)
    points = watch.learning.book.points_since(int(0.8 * 1_500), 64, 400)
    assert any(point.tail for point in points)
    assert not all(point.tail for point in points)
    g = np.array([exact[point.observation.tobytes()] for point in points])
    v = np.array([value(point.observation) for point in points])
    curve = watch.curves.get("explained_variance")
    assert len(curve) > 5
    assert curve.last == pytest.approx(1 - np.var(g - v) / np.var(g), rel=1e-4, abs=1e-5)
    assert watch.curves.get("r2").last == pytest.approx(
        1 - np.mean((g - v) ** 2) / np.var(g), rel=1e-4, abs=1e-5
    )


class Eight:
    """Eight environments as one array, as a vector environment returns them."""

    num_envs = 8
    metadata: ClassVar[dict[str, object]] = {}

    def __init__(self):
        self.places, self.curves, self.done = Places(), Curves(), 0

    def run(self, steps):
        """Steps of all eight; each episode has 40."""
        rewards, none = np.ones(8), np.zeros(8, bool)
        observations, actions = np.zeros((8, 4), np.float32), np.zeros(8, int)
        for step in range(self.done, self.done + steps):
            observations[:, 0] = step
            ended = none if step % 40 else ~none
            self.places.stepped(self, actions, (observations, rewards, ended, none, {}), 0)
            if step % 50 == 0:
                self.curves.add("loss", step, 1.0)
        self.done += steps


@pytest.mark.slow
def test_memory_over_ten_million_steps():
    """What a tenth of 10 million simulated environment steps needs is all that the last tenth needs."""
    envs, chunk, needed = Eight(), 125_000, []
    for number in range(10):
        if number in {0, 9}:
            tracemalloc.start()
        envs.run(chunk)
        if number in {0, 9}:
            needed.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()
    assert envs.places.training.steps == 10_000_000
    assert needed[1] < 1.2 * needed[0] + 200_000
    assert len(envs.places.training.book.returns) <= 2_000


@pytest.mark.parametrize("kind", ["Dummy", "Subproc"])
def test_vector_environments_of_stable_baselines3(kind):
    """Episodes of SB3's vector environments are followed, those in other processes too."""
    pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

    with rlprobe.watch() as watch:
        thunks = [lambda: gym.make("probe/Chain-v0")] * 2
        envs = DummyVecEnv(thunks) if kind == "Dummy" else SubprocVecEnv(thunks, start_method="fork")
        envs.reset()
        for _ in range(40):
            envs.step(np.zeros(2, int))
        envs.close()
    assert watch.steps == 80
    assert watch.learning.book.count > 4
    assert set(watch.learning.book.returns.values) == {1.0}
