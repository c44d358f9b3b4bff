"""Probes are ordinary Gymnasium environments: checkers, registry, both vectorization modes."""

from __future__ import annotations

import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import SyncVectorEnv

from probe_envs import CHOICE_PROBES, SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)]
VARIANTS = [
    {},
    {"encoding": "index"},
    {"encoding": "image"},
    {"encoding": "dict"},
    {"continuous": True},
    {"continuous": True, "encoding": "image", "reward_scale": 100.0},
]
ROWS = [(name, options) for name in NAMES for options in VARIANTS]
IDS = [f"{name}-{'-'.join(map(str, options.values()))}" for name, options in ROWS]
UNSYMMETRIC = "ecommend (using|you to use) a symmetric and normalized"  # BoxTarget is so on purpose


@pytest.mark.parametrize(("name", "options"), ROWS, ids=IDS)
def test_gymnasiums_checker_has_nothing_to_say(name, options):
    """check_env passes without a warning, render modes and the remake from its spec included."""
    pytest.importorskip("cv2")
    env = gym.make(f"probe/{name}-v0", render_mode="rgb_array", **options)
    with warnings.catch_warnings():
        if name.startswith("BoxTarget"):
            warnings.filterwarnings("ignore", f".*{UNSYMMETRIC}")
        check_env(env.unwrapped)


@pytest.mark.parametrize(("name", "options"), ROWS, ids=IDS)
def test_stable_baselines_checker_has_nothing_to_say(name, options):
    """SB3's check_env passes; what it says of unusual sizes and scales is known and meant."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    env = gym.make(f"probe/{name}-v0", **options)
    with warnings.catch_warnings():
        if name.startswith("BoxTarget"):
            warnings.filterwarnings("ignore", f".*{UNSYMMETRIC}")
        if options.get("encoding") == "image":
            warnings.filterwarnings("ignore", ".*minimal resolution for an image is 36x36")
        checker.check_env(env.unwrapped)


def test_a_numbering_from_two_passes_gymnasiums_checker():
    """ActionOrder with start=2 is an ordinary Discrete space to Gymnasium."""
    env = gym.make("probe/ActionOrder-v0", start=2)
    assert env.action_space == gym.spaces.Discrete(5, start=2)
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_passive_checker_has_nothing_to_say(name):
    """Two episodes through gym.make, whose checker looks at every value, raise no warning."""
    env = gym.make(f"probe/{name}-v0")
    env.action_space.seed(0)
    for _ in range(2):
        observation, info = env.reset(seed=1)
        assert observation in env.observation_space
        assert info == {}
        ended = False
        for _ in range(500):
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            assert observation in env.observation_space
            assert type(reward) is float
            assert type(terminated) is type(truncated) is bool
            ended = terminated or truncated
            if ended:
                break
        assert ended
    env.close()


FRESH = """
import gymnasium as gym, sys
env = gym.make("probe_envs:probe/{name}-v0")
assert type(env.unwrapped).__name__ == "ProbeEnv"
env.reset(seed=0); env.step(env.action_space.sample())
vec = gym.make_vec("probe_envs:probe/{name}-v0", num_envs=3)
assert type(vec).__name__ == "ProbeVectorEnv" and vec.num_envs == 3
vec.reset(seed=0); vec.step(vec.action_space.sample())
slow = {{"cv2", "torch", "matplotlib", "scipy", "pygame", "rlprobe"}} & set(sys.modules)
assert not slow, slow
"""


def test_the_id_with_its_package_needs_no_import():
    """In a fresh process, ``probe_envs:probe/Decoder-v0`` is found, and nothing heavy is imported."""
    subprocess.run([sys.executable, "-W", "error", "-c", FRESH.format(name="Decoder")], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_make_vec_takes_either_way(name):
    """Without a mode the native environment is made; with "sync" it is Gymnasium's own."""
    native = gym.make_vec(f"probe/{name}-v0", num_envs=4)
    entry = gym.make_vec(f"probe/{name}-v0", num_envs=4, vectorization_mode="vector_entry_point")
    sync = gym.make_vec(f"probe/{name}-v0", num_envs=4, vectorization_mode="sync")
    assert isinstance(native, ProbeVectorEnv)
    assert isinstance(entry, ProbeVectorEnv)
    assert isinstance(sync, SyncVectorEnv)
    native.action_space.seed(0)
    actions = native.action_space.sample()
    for envs in (native, entry, sync):
        envs.reset(seed=5)
    wanted = sync.step(actions)
    for envs in (native, entry):
        np.testing.assert_array_equal(wanted[1], envs.step(actions)[1])
    sync.close()


def test_make_vec_passes_options_on():
    """Options of the probe, the autoreset mode and copy reach the native environment."""
    envs = gym.make_vec("probe/DeepSea-v0", num_envs=2, size=3, autoreset_mode="SameStep", copy=False)
    assert envs.single_observation_space.shape == (9,)
    assert envs.metadata["autoreset_mode"].value == "SameStep"
    assert envs.reset()[0] is not None
    assert gym.make("probe/Chain-v0", length=3).observation_space.shape == (4,)
    assert gym.make("probe/Decoder-v0", encoding="index").observation_space == gym.spaces.Discrete(4)


def test_gymnasiums_wrappers_take_probes():
    """Wrappers of single and of vector environments work on probes."""
    env = gym.wrappers.RecordEpisodeStatistics(gym.make("probe/Decoder-v0"))
    env.reset(seed=0)
    for _ in range(3):
        info = env.step(0)[4]
    assert info["episode"]["r"] == 3.0
    envs = gym.wrappers.vector.RecordEpisodeStatistics(gym.make_vec("probe/Decoder-v0", num_envs=2))
    envs.reset(seed=0)
    for _ in range(3):
        infos = envs.step(np.zeros(2, np.int64))[4]
    assert infos["episode"]["r"].tolist() == [3.0, 3.0]


def test_gymnasiums_observation_wrappers_take_vector_probes():
    """A vectorised observation wrapper sees what the single one sees."""
    wrap = gym.wrappers.RescaleObservation(gym.make("probe/Decoder-v0"), 0, 10)
    envs = gym.wrappers.vector.RescaleObservation(gym.make_vec("probe/Decoder-v0", num_envs=2), 0, 10)
    assert envs.reset(seed=0)[0][1].tolist() == wrap.reset(seed=1)[0].tolist() == [10, 0, 0, 0]


def test_the_declaration_and_the_state_are_at_hand():
    """An environment shows the process it was made from and the state it is in."""
    env = gym.make("probe/DelayedCredit-v0").unwrapped
    assert isinstance(env, ProbeEnv)
    env.reset(seed=0)
    assert env.state == (0, None)
    env.step(1)
    assert env.state == (1, 1)
    assert env.mdp.actions == (0, 1)


def test_episodes_last_as_declared():
    """Termination, truncation and both at once come when the declaration says."""
    lengths = {
        "Constant": (1, True, False),
        "Decoder": (3, True, False),
        "Chain": (7, True, False),
        "TimeLimitLoop": (5, False, True),
        "BothFlags": (3, True, True),
        "DeepSea": (5, True, False),
    }
    for name, (length, terminates, truncates) in lengths.items():
        env = ProbeEnv(gym.make(f"probe/{name}-v0").unwrapped.mdp)
        env.reset(seed=0)
        flags = [env.step(0)[2:4] for _ in range(length)]
        assert flags == [(False, False)] * (length - 1) + [(terminates, truncates)]
