"""The short cuts of the arithmetic give what the plain formula gives, also where they do not apply."""

from __future__ import annotations

import numpy as np
import pytest

from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.moments import Moments
from rlprobe.stats.nonfinite import FoundNonFiniteError

pytestmark = pytest.mark.usefixtures("arithmetic")


def kernel_of(size, dtype=np.float64, *, moments=None, clip=10.0, epsilon=1e-8):
    """A kernel that counts into ``moments``, or into new ones."""
    moments = Moments((size,)) if moments is None else moments
    settings = {"epsilon": epsilon, "clip": clip, "skip_nonfinite": False}
    return Kernel(moments, str(np.dtype(dtype)), **settings)


def by_formula(seen, x, *, clip=10.0, epsilon=1e-8):
    """``x`` standardised by the samples ``seen``, in long double."""
    seen = np.asarray(seen, dtype=np.longdouble)
    std = seen.std(axis=0)
    z = np.where(std > 0, (x - seen.mean(axis=0)) / np.maximum(std, epsilon), 0.0)
    return np.clip(z, -clip, clip).astype(float)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e20, 1e60])
@pytest.mark.parametrize("size", [17, 376, 1500])
def test_long_samples_of_any_scale(size, scale):
    """Variances that float32 cannot hold, beside ordinary ones and a constant, come out by the formula."""
    rng = np.random.default_rng(1)
    stream = rng.normal(0.5, 1.0, (200, size))
    stream[:, 0] *= scale
    stream[:, 1] = 0.1
    kernel = kernel_of(size, epsilon=1e-100)
    for n, x in enumerate(stream, 1):
        z = kernel.count(x)
        if n in (2, 3, 64, 65, 200):
            expected = by_formula(stream[:n], x, epsilon=1e-100)
            expected[1] = 0.0
            np.testing.assert_allclose(z, expected, atol=1e-5)
    np.testing.assert_allclose(kernel.moments.std, stream.std(axis=0), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12, 1e20, 1e60])
def test_large_samples_of_any_scale(scale):
    """Roots in float32 are left where a variance is too large for it; below epsilon, epsilon counts."""
    rng = np.random.default_rng(4)
    stream = rng.normal(0.5, 1.0, (40, 1500))
    stream[:, 0] *= scale
    stream[:, 1] = 0.1
    kernel = kernel_of(1500)
    for x in stream:
        z = kernel.count(x)
    expected = by_formula(stream, stream[-1])
    expected[1] = 0.0
    np.testing.assert_allclose(z, expected, atol=1e-5)


def test_a_late_outlier_of_a_long_sample():
    """A jump by 25 orders of magnitude is clipped and counted, and what follows is standardised by it."""
    rng = np.random.default_rng(2)
    stream = rng.standard_normal((300, 40))
    stream[250, 3] = 1e25
    kernel = kernel_of(40)
    for n, x in enumerate(stream, 1):
        z = kernel.count(x)
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
            kernel.count(np.stack([x, -x]))
            seen += [x, -x]
        else:
            seen.append(x)
            np.testing.assert_allclose(kernel.count(x), by_formula(seen, x), atol=1e-5)
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
        kernel.count(rows[0]) if many == 1 else kernel.count(rows)
    before = kernel.moments.state_dict()
    worse = stream[0].copy()
    worse[-1, 2] = bad
    worse[0, 2] = bad if many == 1 else -bad
    with pytest.raises(FoundNonFiniteError):
        kernel.count(worse[0]) if many == 1 else kernel.count(worse)
    for name, part in kernel.moments.state_dict().items():
        np.testing.assert_array_equal(part, before[name])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_infinities_of_both_signs_in_a_single_precision_batch(bad):
    """Their sum is not a number, which NumPy would warn of: the batch is refused before that."""
    rng = np.random.default_rng(4)
    kernel = kernel_of(4, np.float32)
    stream = rng.standard_normal((3, 512, 4)).astype(np.float32)
    kernel.count(stream[0])
    stream[1, [0, -1], 2] = bad, -bad
    with pytest.raises(FoundNonFiniteError):
        kernel.count(stream[1])
    kernel.count(stream[2])
    assert kernel.moments.count == 1024


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [8, 500, 1024, 1031])
def test_outliers_of_few_columns(rows, dtype):
    """One value beyond the clip in a batch of few columns is clipped and counted, wherever it is."""
    rng = np.random.default_rng(7)
    kernel = kernel_of(4, dtype)
    stream = rng.normal(1.0, 1.0, (2000 // rows + 20, rows, 4)).astype(dtype)
    stream[-1, rows // 2, 3] = 400.0
    for batch in stream:
        z = kernel.count(batch)
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
    kernel = kernel_of(40, np.float32, epsilon=1e-100)
    kernel.count(stream[0])
    z = kernel.count(stream[1])
    seen = stream.reshape(-1, 40)
    np.testing.assert_allclose(z, by_formula(seen, stream[1], epsilon=1e-100), atol=2e-5)
    np.testing.assert_allclose(
        kernel.moments.std, seen.astype(np.longdouble).std(axis=0).astype(float), rtol=1e-5
    )
    assert kernel.clipped == 1


@pytest.mark.parametrize("n", [3, 2000])
@pytest.mark.parametrize("size", [2, 70])
def test_extreme_values_are_refused(n, size):
    """Infinities of both signs and values whose square overflows raise the error, counting or frozen."""
    kernel = kernel_of(size)
    good = np.random.default_rng(0).normal(size=(n, size))
    kernel.count(good)
    kernel.count(good)
    for values in ((np.inf, -np.inf), (1e200, -1e200), (np.nan, 0.0)):
        bad = good.copy()
        bad[1, :2] = values
        over = "ignore" if np.isfinite(values[0]) else "raise"
        with np.errstate(over=over), pytest.raises(FoundNonFiniteError):
            kernel.count(bad)
        with np.errstate(over=over), pytest.raises(FoundNonFiniteError):
            kernel.count(bad[1])
        if not np.isfinite(values[0]):
            with pytest.raises(FoundNonFiniteError):
                kernel.frozen(bad)
            with pytest.raises(FoundNonFiniteError):
                kernel.frozen(bad[1])
    assert kernel.moments.count == 2 * n


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "size"), [(7, 3), (1024, 4), (64, 30), (3000, 70)])
def test_every_batch_kernel_equals_the_definition(n, size, dtype):
    """Few and many columns, small and large batches: mean, std and outputs equal NumPy in long double."""
    rng = np.random.default_rng(1)
    kernel = kernel_of(size, dtype, clip=None)
    batches = [(rng.normal(101_325, 144, (n, size)) + 50 * k).astype(dtype) for k in range(6)]
    batches[0][0] += 20_000  # a first sample far from all others must not cost digits
    for batch in batches:
        z = kernel.count(batch)
    seen = np.concatenate(batches).astype(np.longdouble)
    np.testing.assert_allclose(kernel.moments.mean, seen.mean(0).astype(float), rtol=1e-9)
    np.testing.assert_allclose(
        kernel.moments.std, seen.std(0).astype(float), rtol=1e-6 if n == 3000 else 1e-9
    )
    expected = ((batches[-1] - seen.mean(0)) / seen.std(0)).astype(float)
    np.testing.assert_allclose(z, expected, atol=1e-5)
    np.testing.assert_allclose(kernel.frozen(batches[-1]), expected, atol=1e-5)


def test_returned_batches_are_never_overwritten():
    """Large outputs that somebody still holds keep their values while later batches are computed."""
    rng = np.random.default_rng(2)
    kernel = kernel_of(100, np.float32)
    held = [kernel.count(rng.normal(size=(2000, 100)).astype(np.float32)) for _ in range(6)]
    views = [z[5:7] for z in held]
    copies = [z.copy() for z in held]
    del held
    for _ in range(6):
        kernel.count(rng.normal(size=(2000, 100)).astype(np.float32))
    assert all((view == before[5:7]).all() for view, before in zip(views, copies, strict=True))


def test_an_outlier_at_first_does_not_cost_the_digits_of_the_rest():
    """What came after a first sample 1e8 deviations away is still known from the difference of statistics."""
    rng = np.random.default_rng(3)
    kernel = kernel_of(2)
    kernel.count(np.full((1, 2), 1e8))
    snapshot = kernel.moments.copy()
    batches = rng.normal(size=(200, 1000, 2))
    for batch in batches:
        kernel.count(batch)
    later = kernel.moments.delta_since(snapshot)
    np.testing.assert_allclose(later.std, batches.reshape(-1, 2).std(0), rtol=1e-2)


@pytest.mark.parametrize("rows", [8, 512])
def test_few_columns_stay_exact_wherever_the_centre_is(rows):
    """Means near 0, where nothing is subtracted, and far from it: 200 000 samples are exact to 1e-12."""
    rng = np.random.default_rng(0)
    far = np.array([0.0, 2.9, -2.0, 1e5]) if rows == 8 else np.array([0.0, 2.9, -2.0, 0.1])
    stream = (far + rng.standard_normal((200_000 // rows, rows, 4))).astype(np.float32)
    kernel = kernel_of(4, np.float32)
    for batch in stream:
        z = kernel.count(batch)
    seen = stream.reshape(-1, 4).astype(np.longdouble)
    assert kernel.moments.std == pytest.approx(seen.std(0).astype(float), rel=1e-12)
    assert kernel.moments.mean == pytest.approx(seen.mean(0).astype(float), abs=1e-10)
    np.testing.assert_allclose(z, ((stream[-1] - seen.mean(0)) / seen.std(0)).astype(float), atol=2e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int64])
@pytest.mark.parametrize(("rows", "size", "run"), [(8, 4, 7), (1, 3, 4000), (9, 2, 1500), (1, 1, 9000)])
def test_neighbours_that_share_a_component(rows, size, run, dtype):
    """Pictures whose channels come first, in rows: statistics of each channel are those of its pixels."""
    rng = np.random.default_rng(8)
    settings = {"epsilon": 1e-8, "clip": None, "skip_nonfinite": False, "run": run}
    kernel = Kernel(Moments((size,)), str(np.dtype(dtype)), **settings)
    stream = rng.integers(0, 256, (5, rows, size * run)).astype(dtype)
    for batch in stream:
        z = kernel.count(batch)
    channels = stream.reshape(5, rows, size, run).astype(np.longdouble)
    mean, std = channels.mean(axis=(0, 1, 3)), channels.std(axis=(0, 1, 3))
    exact = 1e-12 if dtype != np.float32 else 1e-6
    np.testing.assert_allclose(kernel.moments.mean, mean.astype(float), rtol=exact)
    np.testing.assert_allclose(kernel.moments.std, std.astype(float), rtol=exact)
    expected = (channels[-1] - mean[:, None]) / std[:, None]
    np.testing.assert_allclose(z, expected.astype(float).reshape(rows, -1), atol=1e-5)
    np.testing.assert_allclose(kernel.frozen(stream[-1]), z, atol=1e-5)
    np.testing.assert_allclose(kernel.frozen(stream[-1, 0]), z[0], atol=1e-5)


def test_a_value_within_a_run_is_named_by_its_sample_and_component():
    """NaN in the second channel of the third picture: row and component of the statistics lead to it."""
    settings = {"epsilon": 1e-8, "clip": 10.0, "skip_nonfinite": False, "run": 5}
    kernel = Kernel(Moments((2,)), "float64", **settings)
    stream = np.random.default_rng(9).normal(size=(2, 4, 10))
    kernel.count(stream[0])
    stream[1, 2, 8] = np.nan
    for run in (kernel.count, kernel.frozen):
        with pytest.raises(FoundNonFiniteError) as caught:
            run(stream[1])
        assert (caught.value.row, caught.value.component) == (2 * 5 + 3, 1)
    assert kernel.moments.count == 20


def test_the_centre_follows_the_mean_wherever_the_statistics_are_copied():
    """After a first sample far off, squared distances stay within 16 times the squared deviations."""
    for every in (1, 3, 1000):
        kernel = kernel_of(2)
        for n in range(1, 300):
            kernel.count(np.array([1e6, -1.0]) * (n > 1))
            if n % every == 0:
                kernel = kernel_of(2, moments=kernel.moments.copy())
            _, s2 = kernel.moments.sums
            assert (s2 <= 16.1 * (n - 1) / n * np.array([1e12, 1.0])).all()
