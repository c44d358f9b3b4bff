"""Where the normalisers of Gymnasium, Stable-Baselines3 and TorchRL differ from the data, and ours do not."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import NormalizeObservation, NormalizeReward

from rlprobe import NormalizeAll, RewardScale
from rlprobe.wrappers import vector

sb3 = pytest.importorskip("stable_baselines3.common.vec_env")
RNG = np.random.default_rng(0)
FAR = 1e8 + RNG.standard_normal(1000)
"""A thousand samples with mean 1e8 and standard deviation 1."""


class Plays(gym.Env):
    """Shows given numbers one by one with given rewards; episodes have ``length`` steps."""

    def __init__(self, numbers, rewards=None, length=10**9, *, truncates=True):
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float64)
        self.action_space = gym.spaces.Discrete(2)
        self.numbers, self.length, self.truncates = numbers, length, truncates
        self.rewards = np.zeros(len(numbers)) if rewards is None else rewards
        self.at = self.time = 0

    def _shown(self):
        return np.array([self.numbers[self.at % len(self.numbers)]])

    def reset(self, *, seed=None, options=None):  # noqa: D102
        self.time = 0
        self.at += self.at > 0
        return self._shown(), {}

    def step(self, action):  # noqa: D102
        self.at += 1
        self.time += 1
        ended = self.time == self.length
        reward = float(self.rewards[self.at % len(self.rewards)])
        return self._shown(), reward, ended and not self.truncates, ended and self.truncates, {}


def played(env, steps):
    """Walk through ``steps`` steps, beginning anew after every end; returns rewards."""
    env.reset()
    rewards = []
    for _ in range(steps):
        _, reward, terminated, truncated, _ = env.step(0)
        rewards.append(reward)
        if terminated or truncated:
            env.reset()
    return np.array(rewards)


def played_sb3(env, steps, **options):
    """The same through Stable-Baselines3's ``VecNormalize``."""
    envs = sb3.VecNormalize(sb3.DummyVecEnv([lambda: env]), **options)
    envs.reset()
    infos = [envs.step(np.zeros(1, int))[3][0] for _ in range(steps)]
    return envs, infos


TORCHRL = """
import warnings
warnings.simplefilter("ignore")
import json, sys, torch
from tensordict import TensorDict
from torchrl.envs import VecNormV2
def normalised(numbers):
    norm = VecNormV2(in_keys=["x"], decay=1.0)
    for number in numbers:
        shown = TensorDict({"x": torch.tensor([number], dtype=torch.float64)}, [])
        yield float(norm._step(TensorDict({}, []), shown)["x"])
print(json.dumps([list(normalised(numbers)) for numbers in json.load(sys.stdin)]))
"""


def torchrl(*streams):
    """What TorchRL's ``VecNormV2`` makes of streams; in its own process, as it changes how others start."""
    if not all(map(find_spec, ("torchrl", "tensordict"))):
        pytest.skip("TorchRL is not installed")
    command = [sys.executable, "-c", TORCHRL]
    done = subprocess.run(
        command,
        input=json.dumps([list(numbers) for numbers in streams]),
        text=True,
        capture_output=True,
        check=True,
    )
    return [np.array(numbers) for numbers in json.loads(done.stdout)]


def test_a_large_mean():
    """At mean 1e8 theirs report a deviation thousands of times too large; ours is exact to 1e-9."""
    ours, gymnasium = NormalizeAll(Plays(FAR)), NormalizeObservation(Plays(FAR))
    played(ours, 999)
    played(gymnasium, 999)
    stable, _ = played_sb3(Plays(FAR), 999)
    assert ours.stats.std[0] == pytest.approx(FAR.std(), rel=1e-9)
    assert float(np.sqrt(gymnasium.obs_rms.var[0])) > 10_000 * FAR.std()
    assert float(np.sqrt(stable.obs_rms.var[0])) > 10_000 * FAR.std()


@pytest.mark.slow
def test_torchrl():
    """TorchRL loses the deviation beside a large mean, and makes half of the costs pay; ours do neither."""
    costs = -1 + 0.01 * np.random.default_rng(1).standard_normal(500)
    far, scaled = torchrl(FAR, costs)
    assert not 0.7 < far[500:].std() < 1.4  # it subtracts squares that agree in all their digits
    ours = NormalizeAll(Plays(FAR))
    ours.reset()
    assert 0.9 < np.std([ours.step(0)[0] for _ in range(999)][500:]) < 1.1
    assert 0.4 < (scaled > 0).mean() < 0.6  # it subtracts the mean
    assert (played(RewardScale(Plays(costs, costs)), 499) < 0).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_nan():
    """After one NaN everything Stable-Baselines3 and Gymnasium return is NaN; ours leaves it out."""
    numbers = RNG.standard_normal(40)
    numbers[20] = np.nan
    stable, _ = played_sb3(Plays(numbers), 30)
    ours, gymnasium = NormalizeAll(Plays(numbers), on_nonfinite="skip"), NormalizeObservation(Plays(numbers))
    played(ours, 30)
    played(gymnasium, 30)
    assert np.isnan(stable.step(np.zeros(1, int))[0]).all()
    assert np.isnan(gymnasium.step(0)[0]).all()
    assert np.isfinite(ours.step(0)[0]).all()


def test_terminal_observations():
    """Stable-Baselines3 never counts a terminal observation, so it arrives far outside; ours counts it."""
    numbers = np.tile([0.0, 1.0, 0.0, 1.0, 50.0], 40)  # the end of each episode looks like no other step
    _, infos = played_sb3(Plays(numbers, length=4), 100, clip_obs=1e9)
    stable = max(float(info["terminal_observation"][0]) for info in infos if "terminal_observation" in info)
    envs = gym.vector.SyncVectorEnv(
        [lambda: Plays(numbers, length=4)], autoreset_mode=gym.vector.AutoresetMode.SAME_STEP
    )
    ours = vector.NormalizeAll(envs)
    ours.reset()
    finals = [ours.step(np.zeros(1, int))[4].get("final_obs") for _ in range(100)]
    assert stable > 50
    assert max(float(final[0][0]) for final in finals if final is not None) < 3


@pytest.mark.parametrize("truncates", [True, False])
def test_rewards_of_truncated_episodes(truncates):
    """Gymnasium carries the return over a truncation: its divisor is 1.5 times off and more; ours exact."""
    rewards, returns, length = np.ones(4000), [], 20
    for t in range(2000):
        returns.append(1.0 if t % length == 0 else returns[-1] * 0.99 + 1.0)
    gymnasium, ours = (
        wrap(Plays(np.zeros(4000), rewards, length, truncates=truncates), gamma=0.99)
        for wrap in (NormalizeReward, RewardScale)
    )
    played(gymnasium, 2000)
    played(ours, 2000)
    assert ours.scale == pytest.approx(np.std(returns), rel=1e-9)
    if truncates:
        assert not 0.67 < float(np.sqrt(gymnasium.return_rms.var)) / np.std(returns) < 1.5
