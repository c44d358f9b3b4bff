"""Collecting beside the bare environment: the same number of random steps, side by side in one run.

``pytest tests/benchmarks/test_inspect_speed.py -s`` prints the median ratio of nine interleaved rounds.
"""

from __future__ import annotations

import time

import gymnasium as gym
import numpy as np
import pytest

from rlprobe.inspection.playing.collect import Collector
from rlprobe.inspection.playing.watchdog import Heartbeat

ROUNDS = 9
STEPS = {"CartPole-v1": 30_000, "HalfCheetah-v5": 4_000}


def raw(env, steps):
    """Seconds for so many random steps in the plainest loop that there is."""
    env.reset(seed=0)
    env.action_space.seed(0)
    begin = time.perf_counter()
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
    return time.perf_counter() - begin


def collecting(env, steps):
    """Seconds for so many steps with everything that the report needs."""
    collector = Collector(env)
    begin = time.perf_counter()
    collector.play(Heartbeat(), steps=steps, seconds=None)
    return time.perf_counter() - begin


@pytest.mark.parametrize("name", STEPS)
def test_collecting_keeps_up_with_the_environment(name):
    """At least 0.8 times the stepping rate of the bare environment."""
    env = gym.make(name, disable_env_checker=True)
    steps = STEPS[name]
    ratios = [raw(env, steps) / collecting(env, steps) for _ in range(ROUNDS)]
    print(f"{name}: {np.median(ratios):.2f} times the raw rate ({min(ratios):.2f} to {max(ratios):.2f})")  # noqa: T201
    assert np.median(ratios) >= 0.8
