"""The vector faces in every autoreset mode, against a log of everything the environments emitted."""

from __future__ import annotations

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from hypothesis import given, settings
from hypothesis import strategies as st

import rlprobe
from rlprobe.stats import NonFiniteError
from rlprobe.wrappers import vector

pytestmark = pytest.mark.usefixtures("arithmetic")

MODES = list(AutoresetMode)


class Logged(gym.Env):
    """Random episodes; remembers every observation and every return it has emitted."""

    def __init__(self, seed=0, gamma=0.9, size=3, chance=0.25, nested=False):
        box = spaces.Box(-np.inf, np.inf, (size,), np.float32)
        self.nested = nested
        self.observation_space = spaces.Dict({"x": box, "id": spaces.Discrete(3)}) if nested else box
        self.action_space = spaces.Discrete(2)
        self.rng = np.random.default_rng(seed)
        self.gamma, self.size, self.chance = gamma, size, chance
        self.seen, self.returns, self.rewards, self.total = [], [], [], 0.0

    def emit(self):  # noqa: D102
        x = self.rng.normal(1000.0, 3.0, self.size).astype(np.float32)
        self.seen.append(x)
        return {"x": x, "id": np.int64(1)} if self.nested else x

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self.total = 0.0
        return self.emit(), {}

    def step(self, action):  # noqa: D102
        reward = float(self.rng.normal(2.0, 1.0))
        self.total = self.total * self.gamma + reward
        self.returns.append(self.total)
        self.rewards.append(reward)
        end = self.rng.random() < self.chance
        return self.emit(), reward, bool(end and self.rng.random() < 0.5), bool(end), {}


def build(mode, n=4, seed=0, **arguments):
    """A SyncVectorEnv of logged environments."""
    return SyncVectorEnv([lambda i=i: Logged(seed + i, **arguments) for i in range(n)], autoreset_mode=mode)


def drive(envs, steps, rng=None, manual=0.0):
    """Step; reset by mask what ended (DISABLED) and, with chance ``manual``, some that run."""
    disabled = envs.metadata["autoreset_mode"] == AutoresetMode.DISABLED
    out = [envs.reset(seed=0)[0]]
    for _ in range(steps):
        observations, _, terminations, truncations, _ = envs.step(np.zeros(envs.num_envs, dtype=np.int64))
        out.append(observations)
        mask = (terminations | truncations) if disabled else np.zeros(envs.num_envs, dtype=np.bool_)
        if rng is not None and rng.random() < manual:
            mask = mask | (rng.random(envs.num_envs) < 0.3)
        if mask.any():
            out.append(envs.reset(options={"reset_mask": mask})[0])
    return out


def emitted(envs, what):
    """Everything that all environments have logged."""
    return np.concatenate([np.array(getattr(env, what), dtype=np.longdouble) for env in envs.unwrapped.envs])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("nested", [False, True])
def test_every_observation_counts_once(mode, nested):
    """Count == resets + real steps, and mean and std are those of everything that was emitted."""
    envs = vector.NormalizeAll(build(mode, nested=nested))
    drive(envs, 60)
    seen = emitted(envs, "seen")
    stats = envs.stats.moments[0]
    assert stats.count == len(seen)
    np.testing.assert_allclose(stats.mean, seen.mean(0).astype(float), rtol=1e-12)
    np.testing.assert_allclose(stats.std, seen.std(0).astype(float), rtol=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("by", ["return", "reward"])
def test_every_return_counts_once(mode, by):
    """The divisor is the deviation of all real returns (or rewards); resetting steps do not count."""
    envs = vector.RewardScale(build(mode), gamma=0.9, by=by)
    drive(envs, 60)
    values = emitted(envs, "returns" if by == "return" else "rewards")
    assert envs.stats.count == len(values)
    assert envs.scale == pytest.approx(float(values.std()), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    mode=st.sampled_from(MODES),
    seed=st.integers(0, 10**6),
    n=st.integers(1, 5),
    chance=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    manual=st.sampled_from([0.0, 0.3]),
)
def test_counts_are_exact_under_random_ends_and_masks(mode, seed, n, chance, manual):
    """Whatever ends when, and whatever is reset by mask, counts and deviations equal the log's."""
    envs = vector.NormalizeAll(vector.RewardScale(build(mode, n, seed, chance=chance), gamma=0.9))
    drive(envs, 25, np.random.default_rng(seed), manual)
    seen, returns = emitted(envs, "seen"), emitted(envs, "returns")
    assert envs.stats.count == len(seen)
    assert envs.env.stats.count == len(returns)
    np.testing.assert_allclose(envs.stats.std, seen.std(0).astype(float), rtol=1e-9)
    assert float(envs.env.stats.std) == pytest.approx(float(returns.std()), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("nested", [False, True])
def test_final_observations_use_the_same_statistics(nested):
    """Under SAME_STEP the terminal observation in info is standardised like the rest, not left raw."""
    envs = vector.NormalizeAll(build(AutoresetMode.SAME_STEP, n=3, nested=nested))
    envs.reset(seed=0)
    found = 0
    for _ in range(30):
        observations, _, _, _, infos = envs.step(np.zeros(3, dtype=np.int64))
        for i in np.flatnonzero(infos.get("_final_obs", [])):
            env = envs.unwrapped.envs[i]
            final = infos["final_obs"][i]
            pick = (lambda o: o["x"]) if nested else (lambda o: o)
            now = observations["x"][i] if nested else observations[i]
            mean, std = pick(envs.stats.mean), pick(envs.stats.std)
            np.testing.assert_allclose(pick(final), (env.seen[-2] - mean) / std, atol=1e-4)
            np.testing.assert_allclose(now, (env.seen[-1] - mean) / std, atol=1e-4)
            found += 1
    assert found > 5
    with envs.frozen():
        envs.step(np.zeros(3, dtype=np.int64))


def test_rows_that_were_not_reset_keep_their_observation():
    """After a partial reset the other rows are the same raw observation, and nothing of them is counted."""
    envs = vector.NormalizeAll(build(AutoresetMode.DISABLED, chance=0.0), keep_raw=True)
    envs.reset(seed=0)
    raw = envs.step(np.zeros(4, dtype=np.int64))[4]["rlprobe"]["raw_observation"]
    mask = np.array([True, False, False, True])
    observations, infos = envs.reset(options={"reset_mask": mask})
    assert (infos["rlprobe"]["raw_observation"][~mask] == raw[~mask]).all()
    assert envs.stats.count == 4 + 4 + 2
    np.testing.assert_allclose(observations, envs.normalize(infos["rlprobe"]["raw_observation"]), atol=0)


def test_definition_holds_for_every_batch():
    """Outputs are (x - mean) / std of everything up to and including the batch, in float32."""
    envs = vector.NormalizeAll(build(AutoresetMode.NEXT_STEP, n=5, chance=0.1))
    out = drive(envs, 20)
    logs = [np.array(env.seen, dtype=np.longdouble) for env in envs.unwrapped.envs]
    for t, z in enumerate(out):
        seen = np.concatenate([log[: t + 1] for log in logs])
        x = np.array([log[t] for log in logs])
        np.testing.assert_allclose(z, ((x - seen.mean(0)) / seen.std(0)).astype(float), atol=2e-5)
        assert z.dtype == np.float32
        assert z in envs.observation_space


def test_a_batch_of_one_agrees_with_the_single_face():
    """One environment gives the same numbers through the vector face and through the single one."""
    many = vector.NormalizeAll(vector.RewardScale(build(AutoresetMode.DISABLED, n=1, chance=0.0)))
    single = rlprobe.NormalizeAll(rlprobe.RewardScale(Logged(0, chance=0.0)))
    many.reset(seed=0)
    single.reset(seed=0)
    for _ in range(50):
        z, r, *_ = many.step(np.zeros(1, dtype=np.int64))
        z1, r1, *_ = single.step(0)
        np.testing.assert_allclose(z[0], z1, atol=1e-6)
        assert r[0] == pytest.approx(r1, rel=1e-12)


@pytest.mark.parametrize("on_nonfinite", ["raise", "skip"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_one_bad_environment_does_not_spoil_the_others(on_nonfinite, bad):
    """One NaN or inf in one of 8: an error naming environment and component, or left out and passed on."""

    class Faulty(Logged):
        def step(self, action):
            observation, *rest = super().step(action)
            if len(self.seen) == 4:
                observation[1] = bad
            return observation, *rest

    makers = [lambda i=i: (Faulty if i == 5 else Logged)(i, chance=0.0) for i in range(8)]
    envs = vector.NormalizeAll(SyncVectorEnv(makers), on_nonfinite=on_nonfinite)
    actions = np.zeros(8, dtype=np.int64)
    envs.reset(seed=0)
    envs.step(actions)
    envs.step(actions)
    before = envs.stats.state_dict()
    if on_nonfinite == "raise":
        with pytest.raises(NonFiniteError, match=rf"observation\[1\] is {bad} in environment 5 at step 3"):
            envs.step(actions)
        assert all((before[k] == v).all() for k, v in envs.stats.state_dict().items())
    else:
        z = envs.step(actions)[0]
        assert str(z[5, 1]) == str(bad)
        assert np.isfinite(np.delete(z.reshape(-1), 16)).all()
    after = envs.step(actions)[0]
    assert np.isfinite(after).all()
    if on_nonfinite == "skip":
        seen = np.array([env.seen for env in envs.unwrapped.envs]).reshape(-1, 3)
        seen = np.where(np.isfinite(seen), seen, np.nan)
        np.testing.assert_allclose(envs.stats.std, np.nanstd(seen.astype(np.float64), 0), rtol=1e-9)
        assert envs.stats.component_count.tolist() == [40, 39, 40]


@pytest.mark.parametrize("on_nonfinite", ["raise", "skip"])
def test_one_bad_reward(on_nonfinite):
    """A NaN reward names its environment, or is passed on while the others count."""

    class Faulty(Logged):
        def step(self, action):
            observation, reward, *rest = super().step(action)
            return observation, (np.nan if len(self.rewards) == 2 else reward), *rest

    makers = [lambda i=i: (Faulty if i == 2 else Logged)(i, chance=0.0) for i in range(4)]
    envs = vector.RewardScale(SyncVectorEnv(makers), on_nonfinite=on_nonfinite, gamma=0.5)
    actions = np.zeros(4, dtype=np.int64)
    envs.reset(seed=0)
    envs.step(actions)
    if on_nonfinite == "raise":
        with pytest.raises(NonFiniteError, match="reward is nan in environment 2 at step 2"):
            envs.step(actions)
        assert envs.stats.count == 4
        return
    rewards = envs.step(actions)[1]
    assert np.isnan(rewards).tolist() == [False, False, True, False]
    assert envs.stats.count == 7
    envs.step(actions)
    logs = [env.rewards for env in envs.unwrapped.envs]
    expected = []
    for i, log in enumerate(logs):
        total = 0.0
        for t, reward in enumerate(log):
            bad = i == 2 and t == 1
            total = total * 0.5 + (0.0 if bad else reward)
            if not bad:
                expected.append(total)
    assert envs.scale == pytest.approx(np.std(expected), rel=1e-12)


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_async_equals_sync(mode):
    """Worker processes give the same outputs as the synchronous environment."""
    makers = [lambda i=i: Logged(i) for i in range(2)]
    results = []
    for envs in (SyncVectorEnv(makers, autoreset_mode=mode), AsyncVectorEnv(makers, autoreset_mode=mode)):
        wrapped = vector.NormalizeAll(vector.RewardScale(envs))
        wrapped.reset(seed=0)
        steps = [wrapped.step(np.zeros(2, dtype=np.int64)) for _ in range(20)]
        results.append((np.array([s[0] for s in steps]), np.array([s[1] for s in steps])))
        wrapped.close()
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_single_faces_inside_a_vector_environment():
    """The single wrappers run inside Sync and Async; raw rewards arrive in the batched info."""
    for kind in (SyncVectorEnv, AsyncVectorEnv):
        envs = kind([lambda: rlprobe.NormalizeAll(rlprobe.RewardScale(gym.make("CartPole-v1")))] * 2)
        envs.reset(seed=0)
        infos = envs.step(np.array([0, 1]))[4]
        assert infos["rlprobe"]["raw_reward"].tolist() == [1.0, 1.0]
        envs.close()


def test_the_package_travels_to_spawned_workers():
    """A function that names the package can be sent where processes are spawned, and finds it there."""
    cloudpickle = pytest.importorskip("cloudpickle")
    make = pickle.loads(cloudpickle.dumps(lambda: rlprobe.NormalizeAll))
    assert make() is rlprobe.NormalizeAll


def test_mask_of_real_rewards_and_list_infos():
    """raw_reward is marked unreal in a resetting step, and DictInfoToList understands the infos."""
    envs = vector.RewardScale(build(AutoresetMode.NEXT_STEP, n=2, chance=1.0))
    envs.reset(seed=0)
    actions = np.zeros(2, dtype=np.int64)
    assert envs.step(actions)[4]["rlprobe"]["_raw_reward"].tolist() == [True, True]
    assert envs.step(actions)[4]["rlprobe"]["_raw_reward"].tolist() == [False, False]
    listed = gym.wrappers.vector.DictInfoToList(envs)
    infos = listed.step(actions)[4]
    assert infos[1]["rlprobe"]["raw_reward"] == envs.unwrapped.envs[1].rewards[-1]


@pytest.mark.parametrize("mode", MODES)
def test_save_load_continue_is_bit_identical(tmp_path, mode):
    """Both vector wrappers go on from their files, in mid-episode, with the bits of not stopping."""
    envs = vector.NormalizeAll(vector.RewardScale(build(mode, chance=0.0)))
    envs.reset(seed=0)
    actions = np.zeros(4, dtype=np.int64)
    for _ in range(15):
        envs.step(actions)
    for env in envs.unwrapped.envs:
        env.chance = 0.4
    if mode == AutoresetMode.NEXT_STEP:
        while envs.env._resetting is None:
            envs.step(actions)
    envs.save(tmp_path / "o.npz")
    envs.env.save(tmp_path / "r.npz")
    twin = vector.NormalizeAll(vector.RewardScale(copy.deepcopy(envs.unwrapped)))
    twin.load(tmp_path / "o.npz")
    twin.env.load(tmp_path / "r.npz")
    for _ in range(1 if mode == AutoresetMode.DISABLED else 10):
        ours, theirs = envs.step(actions), twin.step(actions)
        assert (ours[0] == theirs[0]).all()
        assert (ours[1] == theirs[1]).all()
    for mine, other in ((envs, twin), (envs.env, twin.env)):
        assert all((v == other.stats.state_dict()[k]).all() for k, v in mine.stats.state_dict().items())


def test_wrong_kinds_and_masks_are_refused():
    """Single environments, double wrapping, unknown modes and malformed masks are refused by name."""
    with pytest.raises(TypeError, match=r"use rlprobe\.NormalizeAll"):
        vector.NormalizeAll(Logged())
    with pytest.raises(TypeError, match=r"use rlprobe\.RewardScale"):
        vector.RewardScale(Logged())
    with pytest.raises(TypeError, match="got str"):
        vector.RewardScale("CartPole-v1")
    with pytest.raises(ValueError, match="another NormalizeAll"):
        vector.NormalizeAll(SyncVectorEnv([lambda: rlprobe.NormalizeAll(Logged())]))
    envs = vector.NormalizeAll(vector.RewardScale(build(AutoresetMode.DISABLED)))
    for mask in (np.ones(3, dtype=np.bool_), [True] * 4, np.ones(4)):
        with pytest.raises(ValueError, match="boolean array of shape"):
            envs.reset(options={"reset_mask": mask})
    odd = build(AutoresetMode.NEXT_STEP)
    odd.metadata = {"autoreset_mode": "sometimes"}
    with pytest.raises(ValueError, match="got 'sometimes'"):
        vector.RewardScale(odd)
    odd.metadata = {}
    with pytest.warns(UserWarning, match="NEXT_STEP is assumed"):
        vector.RewardScale(odd)
    envs.close()
    with pytest.raises(gym.error.ClosedEnvironmentError, match="NormalizeAll was closed"):
        envs.reset()


@pytest.mark.parametrize("mode", MODES)
def test_native_vector_environments(mode):
    """Probe environments, vectorised natively, count as many observations as they emit."""
    envs = gym.make_vec("probe_envs:probe/TruncBoot-v0", num_envs=6, autoreset_mode=mode)
    wrapped = vector.NormalizeAll(vector.RewardScale(envs))
    wrapped.reset(seed=0)
    observations = steps = resets = 0
    rng = np.random.default_rng(0)
    waiting = np.zeros(6, dtype=np.bool_)
    for _ in range(40):
        actions = rng.integers(0, wrapped.single_action_space.n, 6)
        _, _, terminations, truncations, _ = wrapped.step(actions)
        ended = terminations | truncations
        if mode == AutoresetMode.NEXT_STEP:
            steps += int((~waiting).sum())
            resets += int(waiting.sum())
            waiting = ended
        else:
            steps += 6
            resets += int(ended.sum())
            if mode == AutoresetMode.DISABLED and ended.any():
                wrapped.reset(options={"reset_mask": ended})
    observations = 6 + resets + steps
    assert wrapped.stats.count == observations
    assert wrapped.env.stats.count == steps


def test_a_reward_in_a_resetting_step_starts_no_return():
    """An environment that pays in the step that only resets does not carry this into the next episode."""

    class Paying(SyncVectorEnv):
        def step(self, actions):
            waiting = self._autoreset_envs.copy()
            observations, rewards, *rest = super().step(actions)
            return observations, np.where(waiting, 1000.0, rewards), *rest

    envs = vector.RewardScale(Paying([lambda: Logged(0, chance=0.5)]), gamma=0.9)
    drive(envs, 40)
    returns = emitted(envs, "returns")
    assert envs.stats.count == len(returns)
    assert envs.scale == pytest.approx(float(returns.std()), rel=1e-12)


@pytest.mark.parametrize("num_envs", [8, 200])
def test_every_reward_beyond_the_clip_is_counted(num_envs, scripted_rewards):
    """With outliers in some steps, what is counted as clipped is what plain division has beyond the clip."""
    rng = np.random.default_rng(6)
    rewards = rng.standard_normal((60, num_envs))
    rewards[[20, 40, 40], [1, 0, 3]] = 200.0, -900.0, 900.0
    env = vector.RewardScale(scripted_rewards(rewards))
    env.reset()
    beyond = 0
    for raw in rewards:
        _, scaled, *_ = env.step(None)
        beyond += int((np.abs(raw / env.scale) > 10.0).sum())
        np.testing.assert_allclose(scaled, np.clip(raw / env.scale, -10.0, 10.0), rtol=1e-12)
    assert env.clipped == beyond > 0


@pytest.fixture
def scripted_rewards():
    """A vector environment that pays the given rewards, shape ``(steps, n)``."""
    import gymnasium as gym

    class Scripted(gym.vector.VectorEnv):
        def __init__(self, rewards):
            self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
            self.rewards, self.num_envs = iter(rewards), rewards.shape[1]
            self.single_observation_space = gym.spaces.Box(-1, 1, (1,))
            self.observation_space = gym.vector.utils.batch_space(
                self.single_observation_space, self.num_envs
            )
            self.single_action_space = self.action_space = gym.spaces.Discrete(2)
            self.none = np.zeros(self.num_envs, dtype=np.bool_)

        def reset(self, *, seed=None, options=None):
            return np.zeros((self.num_envs, 1), np.float32), {}

        def step(self, actions):
            return np.zeros((self.num_envs, 1), np.float32), next(self.rewards), self.none, self.none, {}

    return Scripted
