"""Seeds fix everything, chances are what was declared, and nobody else's random state is touched."""

from __future__ import annotations

import random

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import CHOICE_PROBES, END, MDP, SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, probe

RANDOM = ["ObservationSign", "RandomExit", "TruncBoot", "RewardSet", "ContextBandit", "WillToLive"]
CHI_SQUARE_999 = {1: 10.83, 2: 13.82, 3: 16.27}  # quantiles at 0.999 by degrees of freedom


def episodes(env, seed, steps=60):
    """What a run with action 0 shows: observations, rewards and flags."""
    seen = [env.reset(seed=seed)[0].tolist()]
    for _ in range(steps):
        view, reward, terminated, truncated, _ = env.step(0)
        seen.append((view.tolist(), reward, terminated, truncated))
        if terminated or truncated:
            seen.append(env.reset()[0].tolist())
    return seen


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_fixes_the_run_and_another_gives_another(name):
    """The same seed repeats a run, in the same and in a new environment; another seed does not."""
    env = ProbeEnv(probe(name).mdp())
    first = episodes(env, 1)
    assert episodes(env, 1) == first
    assert episodes(ProbeEnv(probe(name).mdp()), 1) == first
    assert episodes(env, 2) != first


def test_unseeded_environments_differ():
    """Without a seed every environment gets a stream of its own."""
    env, other = ProbeEnv(probe("RewardSet").mdp()), ProbeEnv(probe("RewardSet").mdp())
    assert episodes(env, None) != episodes(other, None)
    envs = ProbeVectorEnv(probe("RewardSet").mdp(), num_envs=64)
    assert len(np.unique(envs.reset()[0], axis=0)) > 1


def test_environments_of_a_vector_differ_from_each_other():
    """One seed gives every environment another stream."""
    envs = ProbeVectorEnv(probe("WillToLive").mdp(), num_envs=200)
    envs.reset(seed=0)
    ends = np.stack([envs.step(np.zeros(200, np.int64))[2] for _ in range(100)])
    assert len(np.unique(ends, axis=1).T) > 190


@pytest.mark.parametrize("name", [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)])
def test_the_global_random_state_is_untouched(name):
    """Making, seeding, stepping and solving leave ``random`` and ``numpy.random`` as they were."""
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    env = gym.make(f"probe/{name}-v0", render_mode="ansi")
    env.reset(seed=3)
    env.action_space.seed(0)
    env.step(env.action_space.sample())
    env.render()
    envs = gym.make_vec(f"probe/{name}-v0", num_envs=3)
    envs.reset(seed=3)
    envs.step(np.stack([env.action_space.sample()] * 3))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


def chi_square(counts, chances):
    """Pearson's statistic of observed counts."""
    expected = np.sum(counts) * np.asarray(chances)
    return float(((np.asarray(counts) - expected) ** 2 / expected).sum())


LAWS = [
    (0.5, 0.5),
    (0.25, 0.75),
    (0.05, 0.95),
    (0.2, 0.3, 0.5),
    (1 / 3, 1 / 3, 1 / 3),
    (0.125, 0.5, 0.25, 0.125),
]


@pytest.mark.parametrize("chances", LAWS, ids=str)
@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_outcomes_come_as_often_as_declared(chances, mode):
    """Counts of 40 000 outcomes and starts pass a chi-square test at 0.999 against the declaration."""
    mdp = MDP(
        start={10 + k: p for k, p in enumerate(chances)},
        actions=(0,),
        step=lambda _s, _a: {(END, float(k)): p for k, p in enumerate(chances)},
        observe=lambda s: np.array([s], np.float32),
    )
    envs = ProbeVectorEnv(mdp, num_envs=1000, autoreset_mode=mode)
    starts, rewards = [envs.reset(seed=17)[0]], []
    for _ in range(40):
        view, reward, ended, _, infos = envs.step(np.zeros(1000, np.int64))
        rewards.append(reward)
        if mode == "SameStep":
            assert infos["_final_obs"].all()
            starts.append(view)
        elif mode == "Disabled":
            starts.append(envs.reset(options={"reset_mask": ended})[0])
        else:
            starts.append(envs.step(np.zeros(1000, np.int64))[0])
    for values, first in ((rewards, 0), (starts, 10)):
        counts = [np.count_nonzero(np.stack(values) == first + k) for k in range(len(chances))]
        assert chi_square(counts, chances) < CHI_SQUARE_999[len(chances) - 1]


def test_the_chi_square_test_notices_a_wrong_chance():
    """Half a percent off in 40 000 draws is no pass: the test above can fail."""
    draws = np.random.default_rng(0).random(400_000) < 0.255
    assert chi_square([draws.sum(), (~draws).sum()], (0.25, 0.75)) > CHI_SQUARE_999[1]


def test_successive_draws_are_independent():
    """Pairs of successive outcomes come as often as independence says."""
    mdp = probe("ObservationSign").mdp()
    env = ProbeEnv(mdp)
    signs = [int(env.reset(seed=9)[0][0] > 0)]
    for _ in range(8000):
        env.step(0)
        signs.append(int(env.reset()[0][0] > 0))
    pairs = np.bincount(2 * np.array(signs[0:-1:2]) + np.array(signs[1::2]), minlength=4)
    assert chi_square(pairs, [0.25] * 4) < CHI_SQUARE_999[3]
