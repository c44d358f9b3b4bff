"""Scalar and vector environments are the same process, transition by transition."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.vector.utils import concatenate, create_empty_array, iterate

from probe_envs import CHOICE_PROBES, END, MDP, SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, probe

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)]
ENVS, STEPS, SEED = 5, 40, 123
VARIANTS = {
    "plain": {},
    "index": {"encoding": "index"},
    "image": {"encoding": "image"},
    "dict": {"encoding": "dict"},
    "continuous": {"continuous": True},
    "continuous dict": {"continuous": True, "encoding": "dict"},
}


def same(a, b):
    """Equal values, shapes and dtypes in every leaf."""
    if isinstance(a, dict):
        assert set(a) == set(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, tuple):
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


def batch(space, views):
    """Single observations as one batch, by Gymnasium."""
    return concatenate(space, views, create_empty_array(space, len(views)))


class Scalars:
    """``ENVS`` scalar environments, reset by hand as the mode says: the slow and simple way."""

    def __init__(self, mdp, mode):
        self.envs, self.mode = [ProbeEnv(mdp) for _ in range(ENVS)], mode
        self.ended = np.zeros(ENVS, bool)

    def reset(self, seed):
        """Start all."""
        self.ended[:] = False
        return [env.reset(seed=seed + i)[0] for i, env in enumerate(self.envs)]

    def reset_masked(self, mask, views):
        """Start the marked ones; the others keep their view."""
        self.ended &= ~mask
        return [env.reset()[0] if m else v for env, m, v in zip(self.envs, mask, views, strict=True)]

    def step(self, actions):
        """One step of each, with a reset where the mode has one."""
        rows, final = [], [None] * ENVS
        for i, (env, action) in enumerate(zip(self.envs, actions, strict=True)):
            if self.mode == "NextStep" and self.ended[i]:
                rows.append((env.reset()[0], 0.0, False, False))
                continue
            view, reward, terminated, truncated, _ = env.step(action)
            if self.mode == "SameStep" and (terminated or truncated):
                final[i], view = view, env.reset()[0]
            rows.append((view, reward, terminated, truncated))
        views, rewards, terminated, truncated = zip(*rows, strict=True)
        self.ended = np.array(terminated) | np.array(truncated)
        return list(views), np.array(rewards), np.array(terminated), np.array(truncated), final


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_each_environment_of_the_vector_is_a_scalar_one(name, variant, mode):
    """Environment i of reset(seed=s) gives what a ProbeEnv reset with seed s + i gives, in every mode."""
    mdp = probe(name).mdp(**VARIANTS[variant])
    slow, fast = Scalars(mdp, mode), ProbeVectorEnv(mdp, num_envs=ENVS, autoreset_mode=mode)
    space = fast.single_observation_space
    views = slow.reset(SEED)
    same(batch(space, views), fast.reset(seed=SEED)[0])
    fast.action_space.seed(1)
    for _ in range(STEPS):
        actions = fast.action_space.sample()
        views, rewards, terminated, truncated, final = slow.step(actions)
        got = fast.step(actions)
        same((batch(space, views), rewards, terminated, truncated), got[:4])
        assert got[0] in fast.observation_space
        ended = terminated | truncated
        if mode == "SameStep" and ended.any():
            same(ended, got[4]["_final_obs"])
            for wanted, came in zip(final, got[4]["final_obs"], strict=True):
                assert (wanted is None) == (came is None)
                if wanted is not None:
                    same(wanted, came)
        else:
            assert got[4] == {}
        if mode == "Disabled" and ended.any():
            views = slow.reset_masked(ended, views)
            same(batch(space, views), fast.reset(options={"reset_mask": ended})[0])


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_own_vector_environment_gives_the_same(name, mode):
    """SyncVectorEnv of scalar probes and the native vector environment cannot be told apart."""
    mdp = probe(name).mdp()
    sync = SyncVectorEnv([lambda: ProbeEnv(mdp)] * ENVS, autoreset_mode=mode)
    fast = ProbeVectorEnv(mdp, num_envs=ENVS, autoreset_mode=mode)
    assert sync.observation_space == fast.observation_space
    assert sync.action_space == fast.action_space
    same(sync.reset(seed=SEED)[0], fast.reset(seed=SEED)[0])
    fast.action_space.seed(2)
    for _ in range(STEPS):
        actions = fast.action_space.sample()
        wanted, came = sync.step(actions), fast.step(actions)
        same(wanted[:4], came[:4])
        assert set(wanted[4]) == set(came[4])
        for i in np.flatnonzero(came[4].get("_final_obs", ())):
            same(wanted[4]["final_obs"][i], came[4]["final_obs"][i])
        ended = came[2] | came[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            same(sync.reset(options={"reset_mask": ended})[0], fast.reset(options={"reset_mask": ended})[0])
    assert sync.np_random_seed == fast.np_random_seed
    sync.close()


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_seeds_may_be_given_one_by_one(mode):
    """A list seeds each environment; where it holds None, the stream goes on, as in SyncVectorEnv."""
    mdp = probe("TruncBoot").mdp()
    sync = SyncVectorEnv([lambda: ProbeEnv(mdp)] * 4, autoreset_mode=mode)
    fast = ProbeVectorEnv(mdp, num_envs=4, autoreset_mode=mode)
    actions = np.zeros(4, np.int64)
    for seeds in ([3, 1, 4, 1], [None, 5, None, 9], None, [2, None, 6, None], 7):
        same(sync.reset(seed=seeds)[0], fast.reset(seed=seeds)[0])
        same(sync.step(actions)[:4], fast.step(actions)[:4])
        assert sync.np_random_seed == fast.np_random_seed
    sync.close()


def test_a_masked_reset_may_reseed():
    """With a mask, only the marked environments take their new seed and start again."""
    mdp = probe("RewardSet").mdp()
    sync = SyncVectorEnv([lambda: ProbeEnv(mdp)] * 4, autoreset_mode=AutoresetMode.DISABLED)
    fast = ProbeVectorEnv(mdp, num_envs=4, autoreset_mode="Disabled")
    same(sync.reset(seed=0)[0], fast.reset(seed=0)[0])
    mask = np.array([True, False, True, False])
    for seed in (11, None, [1, 2, None, 3]):
        same(
            sync.reset(seed=seed, options={"reset_mask": mask})[0],
            fast.reset(seed=seed, options={"reset_mask": mask})[0],
        )
        assert sync.np_random_seed == fast.np_random_seed
    sync.close()


@pytest.mark.parametrize("chances", [(0.5, 0.5), (0.3, 0.7), (1 / 3, 2 / 3), (1 / 512, 511 / 512)])
@pytest.mark.parametrize("most_rows", [2**16, 1])
def test_every_way_of_drawing_agrees(chances, most_rows, monkeypatch):
    """Short draws, long draws, and tables too large for short draws follow the scalar environment."""
    monkeypatch.setattr("probe_envs.envs.lookup.MOST_ROWS", most_rows)
    size = 5
    mdp = MDP(
        start={0: chances[0], size - 1: chances[1]},
        actions=tuple(range(9)),
        step=lambda s, a: {
            ((s + 1 + a) % size, 1.0 + a): chances[s % 2],
            ((s + a) % size, -1.0): chances[1 - s % 2],
        },
        observe=lambda s: np.array([s], np.float32),
    )
    env, envs = ProbeEnv(mdp), ProbeVectorEnv(mdp, num_envs=3)
    same(env.reset(seed=SEED + 2)[0], envs.reset(seed=SEED)[0][2])
    for k in range(700):
        wanted, came = env.step(k % 9), envs.step(np.full(3, k % 9))
        same((wanted[0], wanted[1]), (came[0][2], came[1][2]))


def test_more_environments_than_a_block_holds():
    """Where the streams are long, few draws are held ahead, and none is lost or repeated."""
    mdp, last = probe("WillToLive").mdp(), 19_999
    env, envs = ProbeEnv(mdp), ProbeVectorEnv(mdp, num_envs=20_000)
    env.reset(seed=SEED + last)
    envs.reset(seed=SEED)
    ended, ends, stay = False, 0, np.zeros(20_000, np.int64)
    for _ in range(230):
        if ended:
            env.reset()
            ended = False
        else:
            ended = env.step(0)[2]
        ends += ended
        assert bool(envs.step(stay)[2][last]) == ended
    assert ends > 3


def test_nested_observations_come_in_batches():
    """Dictionaries and tuples of an own observation space are batched leaf by leaf, in every face."""
    inner = spaces.Tuple([spaces.Discrete(3), spaces.Dict({"x": spaces.Box(0, 9, (2,), np.float32)})])
    mdp = MDP(
        start={0: 0.5, 1: 0.5},
        actions=(0,),
        step=lambda s, _a: {(END, 1.0): 1.0} if s == 2 else {(2, 0.0): 1.0},
        observe=lambda s: (np.int64(s), {"x": np.array([s, 9 - s], np.float32)}),
        observation_space=inner,
    )
    sync = SyncVectorEnv([lambda: ProbeEnv(mdp)] * 3)
    fast = ProbeVectorEnv(mdp, num_envs=3)
    same(sync.reset(seed=4)[0], fast.reset(seed=4)[0])
    for _ in range(6):
        same(sync.step(np.zeros(3, np.int64))[:4], fast.step(np.zeros(3, np.int64))[:4])
    assert [view in inner for view in iterate(fast.observation_space, fast.reset()[0])] == [True] * 3
    sync.close()
