"""Overhead of the wrappers over the bare environment, beside Gymnasium's, in one interleaved run.

Run as a script it prints the table of ``docs/wrappers/speed.md``; under pytest each case must reach the
ratio it is held to: ``pytest tests/benchmarks/test_wrapper_speed.py``.
"""

from __future__ import annotations

import platform
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import NormalizeObservation, NormalizeReward
from gymnasium.wrappers import vector as gym_vector

from rlprobe import NormalizeAll, RewardScale
from rlprobe.wrappers import vector

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7


class Bare(gym.Env):
    """Hands out prepared observations; truncates every 200 steps."""

    def __init__(self, shape, dtype):
        rng = np.random.default_rng(0)
        self.action_space = gym.spaces.Discrete(2)
        if dtype == np.uint8:
            self.observation_space = gym.spaces.Box(0, 255, shape, dtype)
            self.stream = [rng.integers(0, 255, shape).astype(dtype) for _ in range(16)]
        else:
            self.observation_space = gym.spaces.Box(-np.inf, np.inf, shape, dtype)
            self.stream = [rng.normal(size=shape).astype(dtype) for _ in range(64)]
        self.time = 0
        self.rewards = rng.normal(size=64).tolist()

    def reset(self, *, seed=None, options=None):  # noqa: D102
        return self.stream[0], {}

    def step(self, action):  # noqa: D102
        self.time = t = self.time + 1
        return self.stream[t % len(self.stream)], self.rewards[t % 64], False, t % 200 == 0, {}


class BareVector(gym.vector.VectorEnv):
    """The same for a batch; one environment ends every 50 steps."""

    def __init__(self, num_envs, size):
        rng = np.random.default_rng(0)
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.num_envs = num_envs
        self.single_observation_space = gym.spaces.Box(-np.inf, np.inf, (size,), np.float32)
        self.observation_space = gym.vector.utils.batch_space(self.single_observation_space, num_envs)
        self.single_action_space = gym.spaces.Discrete(2)
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, num_envs)
        self.stream = [rng.normal(size=(num_envs, size)).astype(np.float32) for _ in range(8)]
        self.rewards = [rng.normal(size=num_envs) for _ in range(8)]
        self.none = np.zeros(num_envs, dtype=np.bool_)
        self.time = 0

    def reset(self, *, seed=None, options=None):  # noqa: D102
        return self.stream[0], {}

    def step(self, actions):  # noqa: D102
        self.time = t = self.time + 1
        ended = self.none
        if t % 50 == 0:
            ended = self.none.copy()
            ended[t // 50 % self.num_envs] = True
        return self.stream[t % 8], self.rewards[t % 8], self.none, ended, {}


class StepsDirectly:
    """A ``VecEnv`` of Stable-Baselines3 with the ``step`` that is measured here."""

    def __init__(self, env):
        from stable_baselines3.common.vec_env import VecEnv

        class Direct(VecEnv):
            """Hands on what the vector environment gives, with the infos that the library expects."""

            def reset(self):
                """The first observations."""
                return env.reset()[0]

            def step_async(self, actions):
                """Nothing to do yet."""

            def step_wait(self):
                """One step."""
                observations, rewards, terminated, truncated, _ = env.step(0)
                return observations, rewards, terminated | truncated, infos

            close = get_attr = set_attr = env_method = env_is_wrapped = None

        infos = [{"terminal_observation": observation} for observation in env.stream[0]]
        Direct.get_attr = lambda self, name, indices=None: [None] * self.num_envs
        self.inner = Direct(env.num_envs, env.single_observation_space, env.single_action_space)
        self.reset, self.step = self.inner.reset, self.inner.step


def both_sb3(env):
    """Stable-Baselines3's pair."""
    from stable_baselines3.common.vec_env import VecNormalize

    return VecNormalize(StepsDirectly(env).inner)


def both(env):
    """Our pair."""
    return NormalizeAll(RewardScale(env))


def both_gymnasium(env):
    """Gymnasium's pair."""
    return NormalizeObservation(NormalizeReward(env))


def both_vector(env):
    """Our pair for vector environments."""
    return vector.NormalizeAll(vector.RewardScale(env))


def both_vector_gymnasium(env):
    """Gymnasium's pair for vector environments."""
    return gym_vector.NormalizeObservation(gym_vector.NormalizeReward(env))


def frozen(env):
    """Ours after 100 steps, frozen."""
    env = NormalizeAll(env)
    microseconds(env, 100)
    env.freeze()
    return env


def frozen_gymnasium(env):
    """Gymnasium's after 100 steps, frozen."""
    env = NormalizeObservation(env)
    microseconds(env, 100)
    env.update_running_mean = False
    return env


@dataclass(frozen=True)
class Case:
    """What is measured, how many steps a round, and the ratio it is held to, with room for load."""

    name: str
    bare: Callable
    theirs: Callable
    ours: Callable
    steps: int
    held_to: float
    sb3: Callable | None = None


def pixel(env):
    """Ours with one statistic per pixel, as Gymnasium's."""
    return NormalizeAll(env, images="pixel")


def pictures():
    """Four stacked frames of bytes."""
    return Bare((84, 84, 4), np.uint8)


CASES = [
    Case("single, both, 4", lambda: Bare((4,), np.float32), both_gymnasium, both, 3000, 6),
    Case("single, both, 17", lambda: Bare((17,), np.float64), both_gymnasium, both, 3000, 5.2),
    Case("single, both, 376", lambda: Bare((376,), np.float64), both_gymnasium, both, 3000, 5.2),
    Case(
        "single, NormalizeAll, 4", lambda: Bare((4,), np.float32), NormalizeObservation, NormalizeAll, 3000, 7
    ),
    Case("single, RewardScale", lambda: Bare((4,), np.float32), NormalizeReward, RewardScale, 5000, 16),
    Case("single, frozen, 4", lambda: Bare((4,), np.float32), frozen_gymnasium, frozen, 5000, 1.2),
    Case("single, frozen, 17", lambda: Bare((17,), np.float64), frozen_gymnasium, frozen, 5000, 1.0),
    Case("84x84x4 bytes, pixel", pictures, NormalizeObservation, pixel, 200, 3),
    Case("84x84x4 bytes, per channel", pictures, NormalizeObservation, NormalizeAll, 200, 4),
    *(
        Case(
            f"vector, both, {num_envs} x {size}",
            partial(BareVector, num_envs, size),
            both_vector_gymnasium,
            both_vector,
            steps,
            held_to,
            both_sb3,
        )
        for num_envs, size, steps, held_to in ((8, 4, 2000, 3.5), (1024, 4, 500, 4.2), (4096, 376, 15, 1.5))
    ),
]


def microseconds(env, steps):
    """Mean time of a step."""
    env.reset()
    step = env.step
    start = time.perf_counter()
    for _ in range(steps):
        step(0)
    return (time.perf_counter() - start) / steps * 1e6


def overheads(case, rounds=ROUNDS):
    """Median overhead of Gymnasium's wrapper, ours and SB3's over the bare environment, microseconds."""
    environments = [case.bare(), case.theirs(case.bare()), case.ours(case.bare())]
    if case.sb3 is not None:
        environments += [StepsDirectly(case.bare()), case.sb3(case.bare())]
    times = [[microseconds(env, case.steps) for env in environments] for _ in range(rounds)]
    bare, theirs, ours, *sb3 = (statistics.median(column) for column in zip(*times, strict=True))
    return theirs - bare, ours - bare, sb3[1] - sb3[0] if sb3 else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_overhead(case):
    """Our overhead is smaller than Gymnasium's by the factor that the case is held to."""
    theirs, ours, _ = overheads(case)
    assert theirs / ours >= case.held_to, f"{theirs:.1f} against {ours:.1f} us"


def main():
    """Print the table."""
    from importlib.metadata import version

    versions = ", ".join(f"{name} {version(name)}" for name in ("gymnasium", "stable-baselines3", "numpy"))
    print(f"{versions}, Python {platform.python_version()}\n")  # noqa: T201
    print("| case | Gymnasium | SB3 | ours | times less |\n| --- | --: | --: | --: | --: |")  # noqa: T201
    for case in CASES:
        theirs, ours, sb3 = overheads(case)
        between = "" if sb3 is None else f"{sb3:.1f}"
        print(  # noqa: T201
            f"| {case.name} | {theirs:.1f} | {between} | {ours:.1f} | {theirs / ours:.1f} |", flush=True
        )


if __name__ == "__main__":
    main()
