"""A hundred million samples, where float32 accumulation has long since decayed."""

from __future__ import annotations

import numpy as np
import pytest

from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.moments import Moments

N, BATCH = 10**8, 200_000


@pytest.mark.slow
@pytest.mark.usefixtures("arithmetic")
@pytest.mark.parametrize(("dtype", "mean", "tolerance"), [(np.float32, 0.0, 1e-4), (np.float64, 1e8, 1e-9)])
def test_hundred_million_samples(dtype, mean, tolerance):
    """Fifty distinct batches ten times over: mean and std are those of the distinct ones."""
    rng = np.random.default_rng(0)
    batches = [(mean + rng.standard_normal((BATCH, 1))).astype(dtype) for _ in range(50)]
    dtype_name = str(np.dtype(dtype))
    kernel = Kernel(Moments((1,)), dtype_name, epsilon=1e-8, clip=10.0, skip_nonfinite=False)
    for k in range(N // BATCH):
        kernel.count(batches[k % 50])
    seen = np.concatenate(batches).astype(np.longdouble) - mean
    assert kernel.moments.count == N
    assert kernel.moments.std[0] == pytest.approx(float(seen.std()), rel=tolerance)
    assert kernel.moments.mean[0] - mean == pytest.approx(float(seen.mean()), abs=max(tolerance, 3e-8))
