"""Statistics of other libraries' normalisers, as numbers, taken over into ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.moments import Moments

if TYPE_CHECKING:
    from rlprobe.stats import RunningStats

PRIOR_COUNT = 1e-4
"""Weight of the made-up sample (mean 0, variance 1) with which Gymnasium and Stable-Baselines3 begin."""


def take_over(
    stats: RunningStats, *, mean: Any, var: Any, count: Any, prior_count: float = PRIOR_COUNT
) -> None:
    """Replace ``stats`` by exported numbers, and take the made-up first sample out of them.

    Args:
        stats: those of one of our wrappers, ``env.stats``.
        mean: of each component; nested like the space, as ``stats.mean`` is.
        var: of each component, likewise.
        count: number of samples, with or without the fraction that the prior adds; nested like the space, or
            one number for all.
        prior_count: weight of the made-up sample; 0 if there was none.

    Raises:
        ValueError: another shape, a value that is not finite, a negative variance, or no sample at all.

    >>> from rlprobe.stats import Layout, RunningStats
    >>> stats = RunningStats(Layout.array((2,)))
    >>> take_over(stats, mean=[1.0, 2.0], var=[4.0, 9.0], count=100, prior_count=0)
    >>> stats.mean.tolist(), stats.std.tolist(), int(stats.count)
    ([1.0, 2.0], [2.0, 3.0], 100)
    """
    layout = stats.layout
    counts = layout.flatten(count) if isinstance(count, (dict, tuple)) else [count] * len(layout.leaves)
    means, variances = layout.flatten(mean), layout.flatten(var)
    loaded = []
    for (leaf, moments), m, v, n in zip(stats.pairs(), means, variances, counts, strict=True):
        try:
            loaded.append(_moments(moments.shape, m, v, n, prior=prior_count))
        except ValueError as error:
            raise ValueError(f"{layout.called(leaf)}: {error}") from None
    for mine, new in zip(stats.moments, loaded, strict=True):
        mine.restore(new.state)


def _moments(shape: tuple[int, ...], mean: Any, var: Any, count: Any, *, prior: float) -> Moments:
    means, variances = np.asarray(mean, dtype=np.float64), np.asarray(var, dtype=np.float64)
    n = round(float(count) - prior)
    if means.shape != shape or variances.shape != shape:
        raise ValueError(f"expected mean and var of shape {shape}, got {means.shape} and {variances.shape}")
    if n < 1 or not (np.isfinite(means).all() and np.isfinite(variances).all()) or (variances < 0).any():
        raise ValueError("expected a count of 1 or more, finite means and variances of 0 or more")
    total = n + prior
    true_mean = means * (total / n)
    m2 = variances * total - prior - true_mean**2 * (prior * n / total)
    moments = Moments(shape)
    zeros = np.zeros(shape)
    moments.load_state_dict({"count": n, "centre": true_mean, "offset": zeros, "m2": np.maximum(m2, 0.0)})
    return moments
