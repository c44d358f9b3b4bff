"""The streaming histogram against NumPy's order statistics."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rlprobe.stats.quantiles import Histogram


def stream(seed=0):
    """Positive, negative, tiny and constant components."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            rng.lognormal(0, 3, 5000),
            rng.normal(-5, 40, 5000),
            1e-6 * rng.normal(size=5000),
            np.full(5000, 7.0),
        ],
        1,
    )


@pytest.mark.parametrize("q", [0.0, 0.01, 0.25, 0.5, 0.9, 0.999, 1.0])
@pytest.mark.parametrize("error", [0.05, 0.01])
def test_quantiles_are_within_the_relative_error(q, error):
    """Every quantile lies within the promised relative error of the sample of that rank."""
    values = stream()
    histogram = Histogram((4,), error=error)
    for part in np.array_split(values, 17):
        histogram.update(part)
    exact = np.quantile(values, q, axis=0, method="lower")
    assert (np.abs(histogram.quantile(q) - exact) <= 1.0001 * error * np.abs(exact)).all()


def test_merge_is_the_pooled_stream_and_memory_is_bounded():
    """Two workers merged hold the same counts as one; ten times the data needs hardly more buckets."""
    one, two, pooled = Histogram((4,)), Histogram((4,)), Histogram((4,))
    one.update(stream(0))
    two.update(stream(1))
    pooled.update(np.concatenate([stream(0), stream(1)]))
    assert one.merge(two).state_dict() == pooled.state_dict()
    before = sum(map(len, pooled.buckets))
    for seed in range(2, 20):
        pooled.update(stream(seed))
    assert sum(map(len, pooled.buckets)) < 1.5 * before
    assert sum(n for _, n in pooled.bars(3)) == pooled.count == 100_000


def test_state_survives_json():
    """Through JSON and back the histogram is the same."""
    histogram = Histogram((4,))
    histogram.update(stream())
    again = Histogram.from_state_dict(json.loads(json.dumps(histogram.state_dict())))
    assert (again.quantile(0.3) == histogram.quantile(0.3)).all()


def test_bad_input_is_refused():
    """Impossible errors, shapes, quantiles and values that are not finite are refused."""
    with pytest.raises(ValueError, match="relative error"):
        Histogram((1,), error=0)
    histogram = Histogram((2,))
    with pytest.raises(ValueError, match="at least one sample"):
        histogram.quantile(0.5)
    with pytest.raises(ValueError, match=r"got \(3, 1\)"):
        histogram.update(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="finite"):
        histogram.update([[np.nan, 0.0]])
    with pytest.raises(ValueError, match=r"error 0\.01"):
        histogram.merge(Histogram((2,), error=0.1))
