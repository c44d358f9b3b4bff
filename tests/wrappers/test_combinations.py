"""The stack on real environments: any order, checkers, copies, training with Stable-Baselines3."""

from __future__ import annotations

import copy
import itertools
import pickle
import warnings
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from rlprobe import FrameSkip, NormalizeAll, RewardScale
from rlprobe.wrappers import vector

pytestmark = pytest.mark.usefixtures("arithmetic")

ORDERS = list(itertools.permutations([NormalizeAll, RewardScale, FrameSkip]))
CLASSIC = [
    "CartPole-v1",
    "Pendulum-v1",
    "Acrobot-v1",
    "MountainCarContinuous-v0",
    "FrozenLake-v1",
    "Blackjack-v1",
]


def stacked(env, order=(FrameSkip, RewardScale, NormalizeAll)):
    """``env`` with the wrappers of ``order``, innermost first."""
    for wrapper in order:
        env = wrapper(env)
    return env


def walk(env, n=30):
    """Reset, take ``n`` random steps and collect everything that came out."""
    env.action_space.seed(0)
    out = [env.reset(seed=0)[0]]
    for _ in range(n):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert observation in env.observation_space
        out.append((observation, reward))
        if terminated or truncated:
            out.append(env.reset()[0])
    return out


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(w.__name__ for w in order))
def test_any_order(order):
    """Every order of the three wrappers runs, stays within its space, and counts what it sees."""
    env = stacked(gym.make("CartPole-v1"), order)
    resets = len([item for item in walk(env) if not isinstance(item, tuple)])
    normaliser = env
    while not isinstance(normaliser, NormalizeAll):
        normaliser = normaliser.env
    steps = normaliser.steps
    assert normaliser.stats.count == steps + resets
    assert steps >= 30


@pytest.mark.parametrize("name", CLASSIC)
def test_gymnasium_checker(name):
    """Gymnasium's checker finds nothing wrong with the stack on classic control and toy text."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*(is different from the unwrapped version|symmetric and normalized).*"
        )
        env = stacked(gym.make(name, disable_env_checker=True))
        check_env(env, skip_render_check=True)
        walk(env, 10)
        assert env.spec.nondeterministic
        env.env.freeze()
        env.freeze()
        assert not env.spec.nondeterministic
        check_env(env, skip_render_check=True)


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1"])
def test_sb3_checker(name):
    """Stable-Baselines3's checker finds nothing wrong with the stack."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="We recommend you to use a symmetric")  # Pendulum's actions
        checker.check_env(stacked(gym.make(name)), warn=True)


@pytest.mark.parametrize("name", ["Ant-v5", "HalfCheetah-v5"])
def test_mujoco(name, tmp_path, monkeypatch):
    """The stack runs on MuJoCo, and its statistics are those of the raw observations."""
    pytest.importorskip("mujoco")
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its log into the working directory
    env = NormalizeAll(RewardScale(FrameSkip(gym.make(name), 2)), keep_raw=True)
    raw = [env.reset(seed=0)[1]["rlprobe"]["raw_observation"]]
    env.action_space.seed(0)
    raw += [env.step(env.action_space.sample())[4]["rlprobe"]["raw_observation"] for _ in range(40)]
    np.testing.assert_allclose(env.stats.std, np.std(raw, 0), rtol=1e-9, atol=1e-12)
    env.close()


def test_atari():
    """The stack runs on Atari, one statistic per colour; the built-in frame skip is noticed."""
    ale_py = pytest.importorskip("ale_py")
    gym.register_envs(ale_py)
    env = NormalizeAll(RewardScale(FrameSkip(gym.make("ALE/Pong-v5", frameskip=1), 4, pool="max")))
    walk(env, 5)
    assert env.stats.mean.shape == (3,)
    assert env.stats.count == 6
    env.close()
    again = gym.make("ALE/Pong-v5")
    with pytest.warns(UserWarning, match="repeats each action 4 times"):
        FrameSkip(again, 4)
    again.close()


@pytest.mark.parametrize("name", ["Constant", "TruncBoot", "ContextBandit", "BoxTarget", "DeepSea"])
def test_probes(name):
    """Over probe environments the stack counts every observation and reward, and stays in its space."""
    env = stacked(gym.make(f"probe_envs:probe/{name}-v0"))
    seen = walk(env, 10)
    assert env.stats.count == len(seen)
    assert env.env.stats.count == 10


def test_the_stack_pickles_copies_and_travels_in_the_spec():
    """Pickled, deep-copied and rebuilt stacks are whole; the first two go on with the same numbers."""
    env = stacked(gym.make("CartPole-v1"))
    walk(env, 5)
    twins = [pickle.loads(pickle.dumps(env)), copy.deepcopy(env)]
    env.reset(seed=5)
    expected = [env.step(t % 2)[:2] for t in range(4)]
    for twin in twins:
        twin.reset(seed=5)
        for (z, r), (z1, r1) in zip(expected, [twin.step(t % 2)[:2] for t in range(4)], strict=True):
            assert (z == z1).all()
            assert r == r1
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert str(again) == str(env)


def test_make_vec_with_wrappers():
    """The single faces pass through make_vec(wrappers=...), the vector faces go around it."""
    inner = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync", wrappers=(FrameSkip,))
    envs = vector.NormalizeAll(vector.RewardScale(inner))
    envs.reset(seed=0)
    infos = envs.step(np.array([0, 1]))[4]
    assert infos["rlprobe"]["frames"].tolist() == [4, 4]
    assert infos["rlprobe"]["raw_reward"].tolist() == [4.0, 4.0]
    envs.close()


def test_sb3_training_checkpoint_and_resume(tmp_path):
    """SB3 trains over the stack; statistics and model saved and loaded go on counting where they stopped."""
    sb3 = pytest.importorskip("stable_baselines3")
    env = NormalizeAll(RewardScale(gym.make("CartPole-v1")))
    model = sb3.PPO("MlpPolicy", env, n_steps=64, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.learn(128)
    counted = int(env.stats.count)
    assert counted >= 129
    model.save(tmp_path / "model.zip")
    env.save(tmp_path / "observations.npz")
    env.env.save(tmp_path / "rewards.npz")
    resumed = NormalizeAll(RewardScale(gym.make("CartPole-v1")))
    resumed.load(tmp_path / "observations.npz")
    resumed.env.load(tmp_path / "rewards.npz")
    model = sb3.PPO.load(tmp_path / "model.zip", env=resumed, device="cpu")
    model.learn(64, reset_num_timesteps=False)
    assert resumed.stats.count >= counted + 65
    with resumed.frozen():
        before = resumed.stats.state_dict()
        observation, _ = resumed.reset(seed=0)
        model.predict(observation)
        resumed.step(0)
    assert all((before[k] == v).all() for k, v in resumed.stats.state_dict().items())


def goals(scripted, seed):
    """A goal environment of three small arrays."""
    box = partial(scripted.box, dtype=np.float32)
    space = gym.spaces.Dict({"goal": box(2), "reached": box(2), "state": box(5)})
    rng = np.random.default_rng(seed)
    observations = [
        {key: rng.normal(3.0, 2.0, part.shape).astype(np.float32) for key, part in space.items()}
        for _ in range(61)
    ]
    return scripted.Env(space, [scripted.Episode(observations, [0.0] * 60, "running")])


def test_a_dict_of_small_arrays_is_copied_saved_and_shared(scripted, tmp_path):
    """Copies and loaded files go on bit by bit the same; two environments may count into one statistic."""
    env = NormalizeAll(goals(scripted, 0))
    scripted.run(env, 20)
    env.save(tmp_path / "statistics.npz")
    loaded = NormalizeAll(goals(scripted, 0))
    loaded.env.reset()
    loaded.env.time = env.env.time
    loaded.load(tmp_path / "statistics.npz")
    others = [copy.deepcopy(env), pickle.loads(pickle.dumps(env)), loaded]
    for _ in range(20):
        expected = env.step(0)[0]
        for other in others:
            found = other.step(0)[0]
            assert all(np.array_equal(found[key], part) for key, part in expected.items())
    twin = NormalizeAll(goals(scripted, 1), stats=env.stats)
    seen = [*env.env.episode.observations[:41], twin.env.episode.observations[0]]
    twin.reset()
    for step in range(1, 11):
        env.step(0)
        twin.step(0)
        seen += [env.env.episode.observations[40 + step], twin.env.episode.observations[step]]
    for key in ("goal", "state"):
        values = np.array([observation[key] for observation in seen], dtype=np.float64)
        np.testing.assert_allclose(env.stats.mean[key], values.mean(0), rtol=1e-12)
        np.testing.assert_allclose(env.stats.std[key], values.std(0), rtol=1e-12)
