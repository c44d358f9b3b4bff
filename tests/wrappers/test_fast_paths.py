"""The short cuts of the arithmetic give what the plain formula gives, also where they do not apply."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from rlprobe.stats.kernels.standardise import Standardiser
from rlprobe.stats.kernels.top_bytes import TOP, within_table
from rlprobe.stats.moments import Moments
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.wrappers import vector


def kernel_of(size, *, moments=None, clip=10.0, epsilon=1e-8):
    """A kernel that counts into ``moments``, or into new ones."""
    moments = Moments((size,)) if moments is None else moments
    return Standardiser(moments, epsilon=epsilon, clip=clip, skip_nonfinite=False)


def by_formula(seen, x, *, clip=10.0, epsilon=1e-8):
    """``x`` standardised by the samples ``seen``, in long double."""
    seen = np.asarray(seen, dtype=np.longdouble)
    std = seen.std(axis=0)
    z = np.where(std > 0, (x - seen.mean(axis=0)) / np.maximum(std, epsilon), 0.0)
    return np.clip(z, -clip, clip).astype(float)


@pytest.mark.parametrize("clip", [0.5, 2.0, 5.0, 8.0, 10.0, 1e30, float("inf")])
def test_top_bytes_never_let_a_value_beyond_the_clip_pass(clip):
    """A value whose top byte passes is within the clip; NaN and infinity never pass; most small values do."""
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2**32, 20_000, dtype=np.uint32).view(np.float32)
    values = np.concatenate([values, np.float32([np.nan, -np.nan, np.inf, -np.inf, clip, -clip])])
    table = within_table(clip)
    passed = np.array([v.tobytes()[TOP].translate(table).isascii() for v in values])
    assert (np.abs(values[passed]) <= clip).all()
    assert passed[np.abs(values) < min(clip, 1e37) / 4].all()


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e20, 1e60])
@pytest.mark.parametrize("size", [17, 376])
def test_long_samples_of_any_scale(size, scale):
    """Variances that float32 cannot hold, beside ordinary ones and a constant, come out by the formula."""
    rng = np.random.default_rng(1)
    stream = rng.normal(0.5, 1.0, (200, size))
    stream[:, 0] *= scale
    stream[:, 1] = 0.1
    kernel = kernel_of(size, epsilon=1e-100)
    for n, x in enumerate(stream, 1):
        z = kernel.one(x)
        if n in (2, 3, 64, 65, 200):
            expected = by_formula(stream[:n], x, epsilon=1e-100)
            expected[1] = 0.0
            np.testing.assert_allclose(z, expected, atol=1e-5)
    np.testing.assert_allclose(kernel.moments.std, stream.std(axis=0), rtol=1e-11, atol=1e-15)


def test_a_late_outlier_of_a_long_sample():
    """A jump by 25 orders of magnitude is clipped and counted, and what follows is standardised by it."""
    rng = np.random.default_rng(2)
    stream = rng.standard_normal((300, 40))
    stream[250, 3] = 1e25
    kernel = kernel_of(40)
    for n, x in enumerate(stream, 1):
        z = kernel.one(x)
        if n in (250, 251, 252, 300):
            np.testing.assert_allclose(z, by_formula(stream[:n], x), atol=1e-5)
        assert kernel.clipped == int(n > 250)


def test_two_kernels_in_turn_with_the_same_moments():
    """Single samples of two kernels and batches of either, all into the same moments: each counted once."""
    rng = np.random.default_rng(3)
    moments = Moments((20,))
    kernels = [kernel_of(20, moments=moments), kernel_of(20, moments=moments)]
    seen = []
    for turn in range(200):
        x = rng.normal(3.0, 2.0, 20)
        kernel = kernels[turn % 3 % 2]
        if turn % 7 == 0:
            kernel.many(np.stack([x, -x]))
            seen += [x, -x]
        else:
            seen.append(x)
            np.testing.assert_allclose(kernel.one(x), by_formula(seen, x), atol=1e-5)
    assert moments.count == len(seen)
    np.testing.assert_allclose(moments.std, np.std(seen, axis=0), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200, -1e160])
@pytest.mark.parametrize("many", [1, 512])
def test_what_has_no_square_changes_nothing(bad, many):
    """A value without a finite square is refused, without a warning, and the moments stay as they were."""
    rng = np.random.default_rng(4)
    size = 17 if many == 1 else 4
    kernel = kernel_of(size)
    stream = rng.standard_normal((50, many, size))
    for rows in stream:
        kernel.one(rows[0]) if many == 1 else kernel.many(rows)
    before = kernel.moments.state_dict()
    worse = stream[0].copy()
    worse[-1, 2] = bad
    worse[0, 2] = bad if many == 1 else -bad
    with pytest.raises(FoundNonFiniteError):
        kernel.one(worse[0]) if many == 1 else kernel.many(worse)
    for name, part in kernel.moments.state_dict().items():
        np.testing.assert_array_equal(part, before[name])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_infinities_of_both_signs_in_a_single_precision_batch(bad):
    """Their sum is not a number, which NumPy would warn of: the batch is refused before that."""
    rng = np.random.default_rng(4)
    kernel = kernel_of(4)
    stream = rng.standard_normal((3, 512, 4)).astype(np.float32)
    kernel.many(stream[0])
    stream[1, [0, -1], 2] = bad, -bad
    with pytest.raises(FoundNonFiniteError):
        kernel.many(stream[1])
    kernel.many(stream[2])
    assert kernel.moments.count == 1024


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [8, 500, 1024, 1031])
def test_outliers_of_few_columns(rows, dtype):
    """One value beyond the clip in a batch of few columns is clipped and counted, wherever it is."""
    rng = np.random.default_rng(7)
    kernel = kernel_of(4)
    stream = rng.normal(1.0, 1.0, (2000 // rows + 20, rows, 4)).astype(dtype)
    stream[-1, rows // 2, 3] = 400.0
    for batch in stream:
        z = kernel.many(batch)
    np.testing.assert_allclose(z, by_formula(stream.reshape(-1, 4), stream[-1]), atol=1e-5)
    assert kernel.clipped == 1


@pytest.mark.parametrize("rows", [4096, 4099])
@pytest.mark.parametrize("mean", [0.0, 50.0])
def test_large_batches_beside_the_formula(rows, mean):
    """Columns near 0 or far from it, a faint one, a constant and an outlier, in two large float32 batches."""
    rng = np.random.default_rng(5)
    stream = rng.normal(mean, 1.0, (2, rows, 40)).astype(np.float32)
    stream[:, :, 1] *= np.float32(1e-24)
    stream[:, :, 2] = 7.25
    stream[1, 5, 3] = 1e4
    kernel = kernel_of(40, epsilon=1e-100)
    kernel.many(stream[0])
    z = kernel.many(stream[1])
    seen = stream.reshape(-1, 40)
    np.testing.assert_allclose(z, by_formula(seen, stream[1], epsilon=1e-100), atol=2e-5)
    np.testing.assert_allclose(
        kernel.moments.std, seen.astype(np.longdouble).std(axis=0).astype(float), rtol=1e-5
    )
    assert kernel.clipped == 1


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
