"""Small arrays of a nest are counted as one, and nobody can tell from their statistics."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from rlprobe.stats import Moments
from rlprobe.stats.kernels.joint import Joint
from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.nonfinite import FoundNonFiniteError

pytestmark = pytest.mark.usefixtures("arithmetic")
SIZES = (3, 5)


def joint_of(parts, *, skip=False):
    """A joint kernel for ``parts``."""
    return Joint(parts, "float64", epsilon=1e-8, clip=10.0, skip_nonfinite=skip)


def stream(n, seed=0):
    """Samples of both arrays."""
    rng = np.random.default_rng(seed)
    return [[rng.normal(k * 1e4, 1.0 + k, size) for k, size in enumerate(SIZES)] for _ in range(n)]


def assert_same(parts, others):
    """Both have counted the same."""
    for part, other in zip(parts, others, strict=True):
        assert part.state.n == other.state.n
        np.testing.assert_array_equal(part.component_counts, other.component_counts)
        np.testing.assert_allclose(part.mean, other.mean, rtol=1e-14)
        np.testing.assert_allclose(part.std, other.std, rtol=1e-12)


@pytest.mark.parametrize("skip", [False, True])
def test_as_if_each_were_counted_alone(skip):
    """Outputs and statistics are those of a kernel for each array, also read, loaded and merged half-way."""
    parts, alone = ([Moments((size,)) for size in SIZES] for _ in range(2))
    joint = joint_of(parts, skip=skip)
    settings = {"epsilon": 1e-8, "clip": 10.0, "skip_nonfinite": skip}
    kernels = [Kernel(moments, "float64", **settings) for moments in alone]
    for step, samples in enumerate(stream(200)):
        if skip and step == 60:
            samples[1][2] = np.nan
        done = joint.count(samples)
        for z, kernel, x in zip(done, kernels, samples, strict=True):
            np.testing.assert_allclose(z, kernel.count(x), atol=1e-6)
        if step in (50, 70, 120):
            assert_same(parts, alone)
        if step in (80, 120):
            for one, two in zip(parts, alone, strict=True):
                more = np.random.default_rng(step).normal(size=(4, one.size))
                one.update(more)
                two.update(more)
        if step == 150:
            joint = pickle.loads(pickle.dumps(joint))
            parts = joint.parts
    assert_same(parts, alone)


def test_one_array_that_is_exchanged_while_lent():
    """Statistics loaded into one array replace what the joint kernel had counted for it, and only that."""
    parts = [Moments((size,)) for size in SIZES]
    joint, samples = joint_of(parts), stream(40)
    for sample in samples[:20]:
        joint.count(sample)
    other = Moments((3,))
    other.update([sample[0] + 7.0 for sample in samples[:20]])
    parts[0].restore(other.state)
    joint.count(samples[20])
    expected = [s[0] + 7.0 for s in samples[:20]] + [samples[20][0]]
    np.testing.assert_allclose(parts[0].mean, np.mean(expected, axis=0), rtol=1e-14)
    np.testing.assert_allclose(parts[1].mean, np.mean([s[1] for s in samples[:21]], axis=0), rtol=1e-14)


def test_other_counts_are_not_joined():
    """Arrays that have counted differently are left to a kernel for each."""
    parts = [Moments((size,)) for size in SIZES]
    parts[0].update(np.ones((2, 3)))
    assert joint_of(parts).count(stream(1)[0]) is None


def test_a_refused_sample_counts_nowhere():
    """NaN in the second array is found there, and neither array counts the sample."""
    parts = [Moments((size,)) for size in SIZES]
    joint, samples = joint_of(parts), stream(10)
    for sample in samples[:9]:
        joint.count(sample)
    samples[9][1][4] = np.nan
    with pytest.raises(FoundNonFiniteError) as caught:
        joint.count(samples[9])
    assert joint.find(caught.value.component) == (1, 4)
    assert [part.state.n for part in parts] == [9, 9]
