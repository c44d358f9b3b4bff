"""The normalisers around a VecEnv, against a log of everything the environments emitted, in PPO and SAC."""

from __future__ import annotations

import copy
import pickle
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

import rlprobe
from rlprobe.stats import LayoutError, NonFiniteError

pytest.importorskip("stable_baselines3")
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.callbacks import CheckpointCallback, EvalCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    SubprocVecEnv,
    VecNormalize,
    VecTransposeImage,
    sync_envs_normalization,
    unwrap_vec_normalize,
)

from rlprobe.adapters.sb3 import VecNormalizeAll, VecRewardScale, wrap_vec_env

GAMMA = 0.9


class Drifting(gym.Env):
    """Random episodes around 1000 that are terminated or truncated; all of it follows from the seed."""

    def __init__(self, seed=0, *, nested=False, actions=None, dtype=np.float32):
        box = spaces.Box(-np.inf, np.inf, (3,), dtype)
        self.nested, self.dtype = nested, dtype
        self.observation_space = spaces.Dict({"x": box, "id": spaces.Discrete(3)}) if nested else box
        self.action_space = actions or spaces.Discrete(2)
        self.random = np.random.default_rng(seed)

    def look(self):
        """The next observation."""
        x = self.random.normal(1000.0, 3.0, 3).astype(self.dtype)
        return {"x": x, "id": np.int64(1)} if self.nested else x

    def reset(self, *, seed=None, options=None):
        """Start."""
        super().reset(seed=seed)
        return self.look(), {}

    def step(self, action):
        """Go on, and end in a quarter of the steps."""
        reward, end, cut = float(np.float32(self.random.normal(2.0, 1.0))), *(self.random.random(2) < 0.12)
        return self.look(), reward, bool(end), bool(cut), {}


def pooled(seeds, steps, **options):
    """Every observation and every discounted return of so many steps, straight from the environments."""
    seen, returns = [], []
    for seed in seeds:
        env, total = Drifting(seed, **options), 0.0
        seen.append(env.reset()[0])
        for _ in range(steps):
            observation, reward, end, cut, _ = env.step(0)
            seen.append(observation)
            total = total * GAMMA + reward
            returns.append(total)
            if end or cut:
                total = 0.0
                seen.append(env.reset()[0])
    return np.array([o["x"] if isinstance(o, dict) else o for o in seen], np.float64), np.array(returns)


FORKED = partial(SubprocVecEnv, start_method="fork")


def build(kind=DummyVecEnv, seeds=range(4), **options):
    """A VecEnv of drifting environments."""
    return kind([partial(Drifting, seed, **options) for seed in seeds])


def run(venv, steps):
    """Reset and take so many steps."""
    venv.reset()
    return [venv.step(np.zeros(venv.num_envs, dtype=int)) for _ in range(steps)]


@pytest.mark.parametrize("kind", [DummyVecEnv, FORKED])
@pytest.mark.parametrize("nested", [False, True])
def test_statistics_are_those_of_the_pooled_stream(kind, nested):
    """Resets, steps and terminal observations all count once; returns are cut at every end."""
    venv = VecNormalizeAll(VecRewardScale(build(kind, nested=nested), gamma=GAMMA))
    run(venv, 60)
    seen, returns = pooled(range(4), 60, nested=nested)
    count, mean, std = (
        part["x"] if nested else part for part in (venv.stats.count, venv.stats.mean, venv.stats.std)
    )
    assert count == len(seen)
    np.testing.assert_allclose(mean, seen.mean(0), rtol=1e-12)
    np.testing.assert_allclose(std, seen.std(0), rtol=1e-9)
    assert venv.ret_rms.count == len(returns) == 240
    assert venv.scale == pytest.approx(returns.std(), rel=1e-9)
    venv.close()


def test_terminal_observations_are_standardised_as_the_others():
    """The observation at an end has the same statistics as the batch beside it, ids pass untouched."""
    venv = VecNormalizeAll(build(nested=True))
    for observations, _, dones, infos in run(venv, 40):
        for i in np.flatnonzero(dones):
            final = infos[i]["terminal_observation"]
            assert abs(final["x"]).max() < 4
            assert final["id"] == observations["id"][i] == 1


def test_observations_and_rewards_come_out_as_the_formula_says():
    """Z = (x - mean) / std with everything up to this step; rewards are divided, and stand raw in infos."""
    venv = wrap_vec_env(build(), rewards={"gamma": GAMMA}, observations={"keep_raw": True})
    *_, (observations, rewards, _, infos) = run(venv, 30)
    raw = np.array([info["rlprobe"]["raw_observation"] for info in infos], np.float64)
    np.testing.assert_allclose(observations, (raw - venv.stats.mean) / venv.stats.std, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(rewards * venv.scale, [i["rlprobe"]["raw_reward"] for i in infos], rtol=1e-5)
    assert (observations.dtype, rewards.dtype) == (np.float32, np.float32)
    assert venv.observation_space == spaces.Box(-10, 10, (3,), np.float32)


def test_one_file_keeps_both_halves(tmp_path):
    """Saving the outer twin saves the inner one and its returns; the continuation is bit-identical."""
    through = wrap_vec_env(build(), rewards={"gamma": GAMMA})
    run(through, 25)
    through.save(tmp_path / "both.npz")
    again = wrap_vec_env(build(seeds=range(9, 13)), rewards={"gamma": GAMMA})
    again.load(tmp_path / "both.npz")
    again.venv.venv.reset()
    through.venv.venv.envs = again.venv.venv.envs = [Drifting(seed) for seed in range(20, 24)]
    through.venv.venv.reset()
    ours = [through.step(np.zeros(4, int))[:2] for _ in range(10)]
    again.venv.venv.envs = [Drifting(seed) for seed in range(20, 24)]
    again.venv.venv.reset()
    theirs = [again.step(np.zeros(4, int))[:2] for _ in range(10)]
    for (x, r), (y, q) in zip(ours, theirs, strict=True):
        assert np.array_equal(x, y)
        assert np.array_equal(r, q)


def test_a_file_of_another_gamma_or_space_is_refused(tmp_path):
    """Statistics of rewards belong to their discount, those of observations to their space."""
    venv = wrap_vec_env(build(), rewards={"gamma": GAMMA})
    venv.save(tmp_path / "both.npz")
    with pytest.raises(LayoutError, match="gamma"):
        wrap_vec_env(build(), rewards={"gamma": 0.5}).load(tmp_path / "both.npz")
    with pytest.raises(LayoutError, match="dtype"):
        VecNormalizeAll(build(dtype=np.float64)).load(tmp_path / "both.npz")
    with pytest.raises(TypeError, match=r"venv = VecNormalizeAll\(venv\); venv.load"):
        VecNormalizeAll.load(str(tmp_path / "both.npz"), build())


def test_files_are_those_of_the_single_wrappers(tmp_path):
    """What a twin saved, the wrapper of a single environment loads, and the other way round."""
    venv = wrap_vec_env(build(), rewards={"gamma": GAMMA})
    run(venv, 10)
    venv.save(tmp_path / "both.npz")
    venv.venv.save(tmp_path / "rewards.npz")
    env = rlprobe.NormalizeAll(rlprobe.RewardScale(Drifting(), gamma=GAMMA))
    env.load(tmp_path / "both.npz")
    env.env.load(tmp_path / "rewards.npz")
    assert env.stats.count == venv.stats.count
    assert env.env.scale == venv.scale


def test_frozen_outputs_are_a_pure_function():
    """freeze() and theirs, training = False, stop counting."""
    venv = VecNormalizeAll(VecRewardScale(build(), gamma=GAMMA))
    run(venv, 10)
    venv.training = venv.venv.training = False
    count, scale = int(venv.stats.count), venv.scale
    run(venv, 10)
    assert (int(venv.stats.count), venv.scale) == (count, scale)
    x = np.full((4, 3), 1001.0, np.float32)
    assert np.array_equal(venv.normalize(x), venv.normalize_obs(x))
    venv.unfreeze()
    assert venv.training


def test_synchronising_copies_statistics_into_an_environment_of_its_own():
    """EvalCallback's synchronisation gives the evaluation environment the numbers, not the object."""
    train, other = (
        wrap_vec_env(build(seeds=seeds), rewards={"gamma": GAMMA}) for seeds in (range(4), range(2))
    )
    run(train, 20)
    other.training = other.venv.training = False
    sync_envs_normalization(train, other)
    assert np.array_equal(other.stats.mean, train.stats.mean)
    assert other.scale == train.scale
    assert other.stats is not train.stats
    count = int(other.stats.count)
    run(train, 1)
    assert other.stats.count == count


def test_the_evaluation_environment_shares_statistics_and_pays_the_rewards_of_the_task():
    """wrap_vec_env(venv, like=train) is frozen, follows the training statistics and leaves rewards alone."""
    train = wrap_vec_env(build(), rewards={"gamma": GAMMA}, observations={"clip": 3.0})
    evaluation = wrap_vec_env(build(seeds=range(2)), like=train)
    run(train, 20)
    count = int(train.stats.count)
    *_, (_, rewards, _, infos) = run(evaluation, 5)
    assert evaluation.stats.count == count
    assert evaluation.observation_space == train.observation_space
    assert rewards.tolist() == [np.float32(info["rlprobe"]["raw_reward"]) for info in infos]
    sync_envs_normalization(train, evaluation)
    with pytest.raises(ValueError, match="like="):
        wrap_vec_env(build(), like=build())


@pytest.mark.parametrize("algorithm", [PPO, SAC])
@pytest.mark.parametrize("kind", [DummyVecEnv, pytest.param(SubprocVecEnv, marks=pytest.mark.slow)])
def test_learning_evaluating_and_loading(algorithm, kind, tmp_path):
    """The library synchronises the twin, saves it with checkpoints, and refuses to load without it."""
    train = wrap_vec_env(make_vec_env("Pendulum-v1", 2, seed=0, vec_env_cls=kind), rewards={"gamma": GAMMA})
    evaluation = wrap_vec_env(make_vec_env("Pendulum-v1", 1, seed=1), rewards={"gamma": GAMMA})
    evaluation.training = evaluation.venv.training = evaluation.norm_reward = False
    options = {"n_steps": 64} if algorithm is PPO else {"learning_starts": 40, "gradient_steps": 1}
    model = algorithm("MlpPolicy", train, seed=0, device="cpu", **options)
    callbacks = [
        EvalCallback(evaluation, n_eval_episodes=1, eval_freq=60, verbose=0),
        CheckpointCallback(60, tmp_path, save_vecnormalize=True),
    ]
    model.learn(128, callback=callbacks)
    assert model.get_vec_normalize_env() is unwrap_vec_normalize(train) is train
    assert 0 < int(evaluation.stats.count) <= int(train.stats.count)
    assert callbacks[0].last_mean_reward < -100  # of the task, not scaled
    model.save(tmp_path / "model.zip")
    (checkpoint,) = sorted(tmp_path.glob("*vecnormalize*120*.pkl"))
    later = wrap_vec_env(make_vec_env("Pendulum-v1", 2, seed=2), rewards={"gamma": GAMMA})
    later.load(checkpoint)
    assert 0 < later.scale != 1
    loaded = algorithm.load(tmp_path / "model.zip", env=later, device="cpu")
    loaded.set_env(later)
    loaded.learn(8)
    with pytest.raises(ValueError, match="spaces do not match"):
        algorithm.load(tmp_path / "model.zip", env=make_vec_env("Pendulum-v1", 2), device="cpu")
    train.close()


def test_sac_stores_what_the_environments_emitted():
    """A replay buffer has raw transitions, terminal observations exact, and samples them standardised."""
    actions = spaces.Box(-1, 1, (1,), np.float32)
    venv = wrap_vec_env(build(actions=actions), rewards={"gamma": GAMMA}, observations={"clip": 0.5})
    model = SAC("MlpPolicy", venv, seed=0, device="cpu", learning_starts=10, train_freq=8, gradient_steps=1)
    model.learn(4 * 40)
    stored = model.replay_buffer
    seen, _ = pooled(range(4), 40, actions=actions)
    rows = {row.tobytes() for row in seen.astype(np.float32)}
    for part in (stored.observations[:40], stored.next_observations[:40]):
        assert {row.tobytes() for row in part.reshape(-1, 3)} <= rows  # also the ends, though clipped at 0.5
    batch = stored.sample(64, env=venv)
    assert abs(batch.observations.numpy()).max() == 0.5
    assert batch.rewards.numpy().mean() == pytest.approx(2.0 / venv.scale, rel=0.2)


def test_statistics_of_a_vecnormalize_in_memory_go_on():
    """take_over continues theirs without their made-up first sample, for arrays, Dicts and rewards."""
    old = VecNormalize(build(), gamma=GAMMA)
    run(old, 50)
    new = wrap_vec_env(build(seeds=range(4)), rewards={"gamma": GAMMA})
    new.take_over(old)
    new.venv.take_over(old)
    np.testing.assert_allclose(new.stats.mean, old.obs_rms.mean, rtol=1e-6)
    assert new.stats.count == round(old.obs_rms.count)
    assert new.scale == pytest.approx(float(old.ret_rms.var) ** 0.5, rel=1e-3)
    assert np.array_equal(new.venv.returns, old.returns)
    with pytest.raises(ValueError, match="gamma"):
        VecRewardScale(build(), gamma=0.5).take_over(old)
    with pytest.raises(ValueError, match="norm_obs"):
        new.take_over(VecNormalize(build(), norm_obs=False))
    dicts = VecNormalize(build(nested=True), norm_obs_keys=["x"])
    run(dicts, 5)
    ours = VecNormalizeAll(build(nested=True))
    ours.take_over(dicts)
    np.testing.assert_allclose(ours.stats.mean["x"], dicts.obs_rms["x"].mean, rtol=1e-5)


@pytest.mark.parametrize(
    ("wrapper", "given", "fits"),
    [
        (VecNormalizeAll, Drifting, "rlprobe.NormalizeAll"),
        (VecRewardScale, lambda: gym.vector.SyncVectorEnv([Drifting]), "rlprobe.wrappers.vector.RewardScale"),
        (rlprobe.NormalizeAll, build, "rlprobe.adapters.sb3.VecNormalizeAll"),
        (rlprobe.RewardScale, build, "rlprobe.adapters.sb3.VecRewardScale"),
        (rlprobe.wrappers.vector.NormalizeAll, build, "rlprobe.adapters.sb3.VecNormalizeAll"),
        (rlprobe.FrameSkip, build, "wrapper_class=rlprobe.FrameSkip"),
    ],
)
def test_the_wrong_kind_of_environment_is_refused_by_name(wrapper, given, fits):
    """Each wrapper names the one that fits what it was given."""
    with pytest.raises(TypeError, match=fits):
        wrapper(given())


@pytest.mark.parametrize("kind", [DummyVecEnv, FORKED])
def test_single_wrappers_inside_are_refused(kind):
    """Statistics in each environment make one state several inputs: refused, in other processes too."""
    venv = kind([lambda: rlprobe.NormalizeAll(Drifting())])
    with pytest.raises(ValueError, match="has its own statistics"):
        VecNormalizeAll(venv)
    venv.close()
    with pytest.raises(ValueError, match="VecNormalize"):
        VecNormalizeAll(VecNormalize(build()))
    VecNormalizeAll(VecNormalize(build(), norm_obs=False))


def test_a_value_that_is_not_finite_is_placed():
    """The error names the environment and the step; nothing is counted."""

    class Broken(Drifting):
        def look(self):
            x = super().look()
            x[1] = np.nan if getattr(self, "bad", False) else x[1]
            return x

    venv = VecNormalizeAll(DummyVecEnv([Drifting, Broken]))
    run(venv, 2)
    count = int(venv.stats.count)
    venv.venv.envs[1].bad = True
    with pytest.raises(NonFiniteError, match=r"observation\[1\] is nan in environment 1 at step 3"):
        venv.step(np.zeros(2, int))
    assert venv.stats.count == count


def test_a_standardised_picture_needs_its_channels_first():
    """The library transposes only pictures of bytes: said at construction; wrap_vec_env transposes first."""

    class Picture(gym.Env):
        observation_space = spaces.Box(0, 255, (40, 36, 3), np.uint8)
        action_space = spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observation_space.sample(), {}

        def step(self, action):
            return self.observation_space.sample(), 0.0, False, False, {}

    with pytest.warns(UserWarning, match="VecTransposeImage"):
        VecNormalizeAll(DummyVecEnv([Picture]))
    venv = wrap_vec_env(DummyVecEnv([Picture]))
    assert isinstance(venv.venv.venv, VecTransposeImage)
    assert venv.observation_space.shape == (3, 40, 36)
    model = PPO(
        "CnnPolicy", venv, n_steps=4, batch_size=4, device="cpu", policy_kwargs={"normalize_images": False}
    )
    model.learn(4)
    assert venv.stats.mean.shape == (3,)


@pytest.mark.parametrize("observations", [{}, None])
def test_ids_go_through_a_replay_buffer(observations):
    """DQN on a Discrete observation stores ids as they are, at ends too, with and without VecNormalizeAll."""
    from stable_baselines3 import DQN

    venv = wrap_vec_env(make_vec_env("FrozenLake-v1", 2, seed=0), observations=observations)
    model = DQN("MlpPolicy", venv, seed=0, learning_starts=10, train_freq=8, device="cpu")
    model.learn(80)
    stored = model.replay_buffer.next_observations[:40]
    assert stored.min() >= 0
    assert len(np.unique(stored)) > 2
    assert model.replay_buffer.dones[:40].any()


def test_a_copy_goes_on_by_itself():
    """Copies and pickles of both twins, environments included, count for themselves."""
    venv = wrap_vec_env(build(), rewards={"gamma": GAMMA})
    run(venv, 5)
    twin = pickle.loads(pickle.dumps(copy.deepcopy(venv)))
    assert np.array_equal(twin.step(np.zeros(4, int))[0], venv.step(np.zeros(4, int))[0])
    twin.step(np.zeros(4, int))
    assert int(twin.ret_rms.count) == int(venv.ret_rms.count) + 4
    assert int(twin.stats.count) > int(venv.stats.count)
