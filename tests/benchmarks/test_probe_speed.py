"""Native vector probes beside Gymnasium's SyncVectorEnv of the same scalar probes.

    pytest tests/benchmarks/test_probe_speed.py --benchmark-columns=min,median,rounds

Time is the processor time of this process, so that other work on the machine does not count, and each
requirement is judged by the fastest of many rounds, as what still disturbs only ever adds time.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv

from probe_envs import SUITE, ProbeEnv, ProbeVectorEnv, probe

pytestmark = pytest.mark.benchmark(timer=time.process_time)
FAST = ["Decoder", "ContextBandit", "RandomExit"]
MANY = 4096
BLOCK = 4096  # steps a round: as many as one block of draws serves, so that refilling is counted


def stepping(envs, steps):
    """A function that takes ``steps`` steps with fixed random actions."""
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = envs.action_space.sample()

    def run():
        for _ in range(steps):
            envs.step(actions)

    return run


def best(run, rounds):
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("name", FAST)
def test_steps_a_second_at_4096_environments(benchmark, name):
    """At least 150 million environment steps a second, refills of the streams included."""
    run = stepping(ProbeVectorEnv(probe(name).mdp(), num_envs=MANY), BLOCK)
    benchmark.pedantic(run, rounds=15, warmup_rounds=1)
    rate = MANY * BLOCK / benchmark.stats.stats.min
    benchmark.extra_info["million_steps_per_second"] = round(rate / 1e6)
    assert rate >= 150e6


@pytest.mark.parametrize("name", FAST)
def test_times_the_speed_of_sync_vector_env(benchmark, name):
    """At least 100 times the steps a second of SyncVectorEnv with the same number of environments."""
    mdp = probe(name).mdp()
    native = stepping(ProbeVectorEnv(mdp, num_envs=MANY), 256)
    sync = stepping(SyncVectorEnv([lambda: ProbeEnv(mdp)] * MANY), 1)
    ratios = [best(sync, 2) / (best(native, 3) / 256) for _ in range(5)]  # interleaved: the noise is shared
    benchmark.extra_info["times_sync_vector_env"] = round(float(np.median(ratios)))
    benchmark.pedantic(native, rounds=3)
    assert np.median(ratios) >= 100


@pytest.mark.parametrize("mode", ["SameStep", "Disabled"])
@pytest.mark.parametrize("name", FAST)
def test_other_autoreset_modes(benchmark, name, mode):
    """In the modes in which the environments do not stay in step, 3 million steps a second or more."""
    envs = ProbeVectorEnv(probe(name).mdp(), num_envs=MANY, autoreset_mode=mode)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = envs.action_space.sample()

    def run():
        for _ in range(50):
            _, _, terminated, truncated, _ = envs.step(actions)
            ended = terminated | truncated
            if mode == "Disabled" and ended.any():
                envs.reset(options={"reset_mask": ended})

    benchmark.pedantic(run, rounds=10, warmup_rounds=1)
    rate = MANY * 50 / benchmark.stats.stats.min / 1e6
    benchmark.extra_info["million_steps_per_second"] = round(rate)
    assert rate > 3


@pytest.mark.parametrize("name", [row.name for row in SUITE])
def test_vector_step_at_8_environments(benchmark, name):
    """At most 10 us a step of 8 environments."""
    run = stepping(ProbeVectorEnv(probe(name).mdp(), num_envs=8), 2000)
    benchmark.pedantic(run, rounds=40, warmup_rounds=1)
    benchmark.extra_info["us_per_step"] = round(benchmark.stats.stats.min / 2000 * 1e6, 2)
    assert benchmark.stats.stats.min / 2000 <= 10e-6


@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("name", [row.name for row in SUITE])
def test_scalar_step(benchmark, name, continuous):
    """At most 5 us a step: the median over steps timed one by one, so that resets do not count."""
    env = ProbeEnv(probe(name).mdp(continuous=continuous))
    env.reset(seed=0)
    env.action_space.seed(0)
    action = env.action_space.sample()
    times: list[float] = []

    def run():
        for _ in range(2000):
            start = time.perf_counter()
            _, _, terminated, truncated, _ = env.step(action)
            times.append(time.perf_counter() - start)
            if terminated or truncated:
                env.reset()

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    median = float(np.median(times))
    benchmark.extra_info["us_per_step"] = round(median * 1e6, 2)
    assert median <= 5e-6
