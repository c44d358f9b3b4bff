"""Who owns which array, and environments that are copied, pickled or sent to other processes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv

from probe_envs import CHOICE_PROBES, END, MDP, SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, probe, solve
from probe_envs.observe import one_hot

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)]
WAYS = {"deepcopy": copy.deepcopy, "pickle": lambda env: pickle.loads(pickle.dumps(env))}


def make_env(name):
    """For workers, which need a function of the module."""
    return ProbeEnv(probe(name).mdp())


def leaves(view):
    """All arrays of an observation."""
    if isinstance(view, dict):
        return [leaf for part in view.values() for leaf in leaves(part)]
    return [view]


@pytest.mark.parametrize("encoding", [None, "index", "image", "dict"])
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_with_copy_nothing_returned_is_ever_written_again(mode, encoding):
    """Arrays kept from any step stay as they were, and writing to them changes no later step."""
    mdp = probe("TruncBoot").mdp(encoding=encoding)
    envs, clean = (ProbeVectorEnv(mdp, num_envs=6, autoreset_mode=mode) for _ in range(2))
    kept = leaves(envs.reset(seed=0)[0])
    clean.reset(seed=0)
    for _ in range(10):
        view, reward, terminated, truncated, infos = envs.step(np.zeros(6, np.int64))
        wanted = clean.step(np.zeros(6, np.int64))
        for a, b in zip(leaves(view), leaves(wanted[0]), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(reward, wanted[1])
        arrays = [*leaves(view), reward, terminated, truncated]
        if "final_obs" in infos:
            arrays += [x for v in infos["final_obs"] if v is not None for x in leaves(v)]
            arrays.append(infos["_final_obs"])
        arrays = [a for a in arrays if isinstance(a, np.ndarray)]
        assert not any(np.shares_memory(a, b) for a in arrays for b in kept)
        for array in arrays:
            array[...] = 0
        kept += arrays
    assert all((a == 0).all() for a in kept[len(leaves(view)) :])


def test_without_copy_observations_and_rewards_are_reused():
    """copy=False gives the same numbers in the same buffers, step after step."""
    mdp = probe("ContextBandit").mdp()
    own, reused = ProbeVectorEnv(mdp, num_envs=5), ProbeVectorEnv(mdp, num_envs=5, copy=False)
    own.reset(seed=0)
    first, buffers = reused.reset(seed=0)[0], []
    for k in range(8):
        actions = np.full(5, k % 2)
        wanted, came = own.step(actions), reused.step(actions)
        for a, b in zip(wanted[:4], came[:4], strict=True):
            np.testing.assert_array_equal(a, b)
        assert np.shares_memory(came[0], first)
        buffers.append(came[1])
    assert all(rewards is buffers[0] for rewards in buffers)


def test_last_observations_are_never_reused():
    """Also with copy=False the last observations of ended episodes may be kept."""
    envs = ProbeVectorEnv(probe("ObservationSign").mdp(), num_envs=4, autoreset_mode="SameStep", copy=False)
    start = envs.reset(seed=0)[0].copy()
    infos = envs.step(np.zeros(4, np.int64))[4]
    for _ in range(5):
        envs.step(np.zeros(4, np.int64))
    assert [view.tolist() for view in infos["final_obs"]] == start.tolist()


@pytest.mark.parametrize("encoding", [None, "image", "dict"])
def test_a_scalar_observation_belongs_to_its_receiver(encoding):
    """Writing to an observation changes none that comes later."""
    env = ProbeEnv(probe("Decoder").mdp(encoding=encoding))
    first = copy.deepcopy(env.reset(seed=0)[0])
    for leaf in leaves(env.reset(seed=0)[0]):
        if isinstance(leaf, np.ndarray):
            leaf[...] = 7
    again = env.reset(seed=0)[0]
    assert all(np.array_equal(a, b) for a, b in zip(leaves(first), leaves(again), strict=True))


def run(env, steps):
    """What the next steps show; vector or scalar."""
    many = isinstance(env, ProbeVectorEnv)
    env.action_space.seed(3)
    seen = []
    for _ in range(steps):
        view, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        seen.append((np.asarray(view).tolist(), np.asarray(reward).tolist(), np.asarray(terminated).tolist()))
        if not many and (terminated or truncated):
            seen.append(np.asarray(env.reset()[0]).tolist())
    return seen


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_copy_goes_on_where_the_original_was(name, way):
    """In the middle of a run, state and stream are copied, and the two no longer know each other."""
    env = ProbeEnv(probe(name).mdp(), render_mode="ansi")
    envs = ProbeVectorEnv(probe(name).mdp(), num_envs=3)
    for original in (env, envs):
        original.reset(seed=8)
        run(original, 5)
    if env._code >= env.dynamics.truncated_from:
        env.reset()
    env.render()
    for original in (env, envs):
        twin = WAYS[way](original)
        assert run(twin, 20) == run(original, 20)


@pytest.mark.parametrize("mode", ["SameStep", "Disabled"])
def test_a_copy_of_streams_that_have_parted(mode):
    """Environments that were reset at different times are copied with a place each."""
    envs = ProbeVectorEnv(probe("RandomExit").mdp(), num_envs=4, autoreset_mode=mode)
    envs.reset(seed=0)
    if mode == "Disabled":
        envs.reset(options={"reset_mask": np.array([True, False, False, True])})
        twin = pickle.loads(pickle.dumps(envs))
        assert (twin.step(np.zeros(4, np.int64))[2] == envs.step(np.zeros(4, np.int64))[2]).all()
        return
    run(envs, 7)
    assert run(pickle.loads(pickle.dumps(envs)), 30) == run(envs, 30)


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_is_pickled_with_its_options(name):
    """A process of the suite arrives with its values, whatever functions it is made of."""
    mdp = probe(name).mdp(reward_scale=3.0, encoding="image")
    twin = pickle.loads(pickle.dumps(mdp))
    assert solve(twin, 0.9).V.tolist() == solve(mdp, 0.9).V.tolist()
    assert twin.observation_space == mdp.observation_space


def test_a_transformed_declaration_is_not_taken_for_the_original():
    """A copy of a changed process is the changed process, or none."""
    from probe_envs.transform import scale_rewards

    changed = scale_rewards(probe("Decoder").mdp(), 10.0)
    assert solve(copy.deepcopy(changed), 0.9).start_value == pytest.approx(26.2)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(changed)


def test_an_own_declaration_can_be_copied():
    """A process declared by a user, with functions of any kind, can be copied within the process."""
    own = MDP(start={0: 1.0}, actions=(0,), step=lambda _s, _a: {(END, 4.0): 1.0}, observe=one_hot(1))
    env = ProbeEnv(own)
    env.reset(seed=0)
    assert copy.deepcopy(env).step(0)[1] == 4.0


def test_probes_run_in_other_processes():
    """AsyncVectorEnv of scalar probes gives what the native vector environment gives."""
    envs = ProbeVectorEnv(probe("TruncBoot").mdp(), num_envs=2)
    other = AsyncVectorEnv([lambda: make_env("TruncBoot")] * 2)
    try:
        np.testing.assert_array_equal(envs.reset(seed=4)[0], other.reset(seed=4)[0])
        for _ in range(6):
            wanted, came = envs.step(np.zeros(2, np.int64)), other.step(np.zeros(2, np.int64))
            for a, b in zip(wanted[:4], came[:4], strict=True):
                np.testing.assert_array_equal(a, b)
    finally:
        other.close()


def test_probes_run_in_stable_baselines():
    """SB3's DummyVecEnv takes a probe, and its episode ends show the last observation."""
    vec = pytest.importorskip("stable_baselines3.common.vec_env")
    envs = vec.DummyVecEnv([lambda: make_env("Decoder")] * 2)
    envs.reset()
    for _ in range(3):
        _, rewards, dones, infos = envs.step(np.zeros(2, np.int64))
    assert rewards.tolist() == [2.0, 2.0]
    assert dones.all()
    assert infos[0]["terminal_observation"].tolist() == [0, 0, 0, 1]
