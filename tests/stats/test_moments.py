"""Moments against exact arithmetic: fractions and whole-stream NumPy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlprobe.stats.moments import Moments
from rlprobe.stats.nonfinite import FoundNonFiniteError

VALUES = st.lists(st.floats(-1e6, 1e6, allow_nan=False, width=32), min_size=1, max_size=30)


def exact(values):
    """Mean and population variance in rational arithmetic."""
    numbers = [Fraction(float(v)) for v in values]
    mean = sum(numbers) / len(numbers)
    return float(mean), float(sum((v - mean) ** 2 for v in numbers) / len(numbers))


def moments_of(values, batches=1):
    """Moments of a one-component stream, entered in ``batches`` parts."""
    moments = Moments((1,))
    for part in np.array_split(np.asarray(values, dtype=np.float64), batches):
        moments.update(part[:, None])
    return moments


@pytest.mark.parametrize("batches", [1, 7, 1000])
def test_offset_of_1e8_costs_no_digits(batches):
    """At mean 1e8 and std 1 mean and std agree with rational arithmetic to 1e-12."""
    values = np.random.default_rng(0).normal(1e8, 1.0, 1000)
    mean, var = exact(values)
    moments = moments_of(values, batches)
    assert moments.count == 1000
    assert moments.mean[0] == pytest.approx(mean, rel=1e-15)
    assert moments.std[0] == pytest.approx(var**0.5, rel=1e-12)


def test_float32_pressure_is_accumulated_in_float64():
    """Pressure in Pa as float32 is exact to 1e-9, where float32 sums are off by a third of the value."""
    values = np.random.default_rng(1).normal(101_325, 144, (20_000, 1)).astype(np.float32)
    moments = Moments((1,))
    for row in values.reshape(100, 200, 1):
        moments.update(row)
    reference = values.astype(np.longdouble)
    assert moments.mean[0] == pytest.approx(float(reference.mean()), rel=1e-12)
    assert moments.std[0] == pytest.approx(float(reference.std()), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES, VALUES)
def test_merge_is_associative_and_ordered_at_will(a, b, c):
    """(a + b) + c, a + (b + c) and c + b + a agree with the pooled stream to rounding, and counts exactly."""
    left, right, back = moments_of(a), moments_of(b), moments_of(c)
    left.merge(moments_of(b))
    left.merge(moments_of(c))
    right.merge(moments_of(c))
    first = moments_of(a)
    first.merge(right)
    back.merge(moments_of(b))
    back.merge(moments_of(a))
    mean, var = exact(a + b + c)
    scale = max(abs(v) for v in a + b + c) + 1e-300
    for merged in (left, first, back):
        assert merged.count == len(a + b + c)
        assert abs(merged.mean[0] - mean) <= 1e-13 * scale
        assert abs(merged.var[0] - var) <= 1e-12 * (var + scale * scale)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES)
def test_delta_since_is_what_came_after(a, b):
    """delta_since(snapshot) has the count, mean and variance of the later part alone."""
    moments = moments_of(a)
    snapshot = moments.copy()
    moments.update(np.asarray(b)[:, None])
    delta = moments.delta_since(snapshot)
    mean, var = exact(b)
    scale = max(abs(v) for v in a + b) + 1e-300
    assert delta.count == len(b)
    assert abs(delta.mean[0] - mean) <= 1e-12 * scale * (1 + len(a) / len(b))
    assert abs(delta.var[0] - var) <= 1e-11 * scale * scale * (1 + len(a) / len(b))


def test_delta_of_a_later_snapshot_is_refused():
    """A snapshot that has counted more than the object is an error, not a negative count."""
    moments = moments_of([1.0, 2.0])
    snapshot = moments_of([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="earlier copy"):
        moments.delta_since(snapshot)


def test_nonfinite_values_are_refused_untouched():
    """NaN, infinity and values whose square overflows raise, name row and component, and change nothing."""
    for bad in (np.nan, np.inf, -np.inf, 1e200):
        moments = moments_of([1.0, 2.0])
        before = moments.state_dict()
        with pytest.raises(FoundNonFiniteError) as caught:
            moments.update([[3.0], [bad]])
        assert (caught.value.row, caught.value.component) == (1, 0)
        assert all((before[name] == part).all() for name, part in moments.state_dict().items())


def test_skipped_values_leave_the_others_exact():
    """Left-out values reduce the count of their component only; means and variances are those of the rest."""
    rng = np.random.default_rng(2)
    rows = rng.normal(1e6, 3.0, (300, 3))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    moments = Moments((3,))
    for part in np.array_split(rows, 11):
        moments.update(part, skip_nonfinite=True)
    assert moments.count == 300
    assert (moments.component_counts == np.isfinite(rows).sum(0)).all()
    np.testing.assert_allclose(moments.mean, np.nanmean(rows, 0), rtol=1e-14)
    np.testing.assert_allclose(moments.std, np.nanstd(rows, 0), rtol=1e-11)


def test_skipped_values_survive_merge_and_delta():
    """Counts per component stay exact through merge and delta_since."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(10.0, 1.0, (2, 50, 2))
    a[3, 0] = b[7, 1] = np.inf
    first, second = Moments((2,)), Moments((2,))
    first.update(a, skip_nonfinite=True)
    second.update(b, skip_nonfinite=True)
    snapshot = first.copy()
    first.merge(second)
    both = np.where(np.isinf([*a, *b]), np.nan, [*a, *b])
    assert first.component_counts.tolist() == [99, 99]
    np.testing.assert_allclose(first.std, np.nanstd(both, 0), rtol=1e-12)
    np.testing.assert_allclose(first.delta_since(snapshot).std, second.std, rtol=1e-12)


def test_constant_component_has_variance_exactly_zero():
    """A constant, however large, never deviates."""
    moments = moments_of([101_325.1] * 1000, batches=13)
    assert moments.var[0] == 0.0
    assert moments.mean[0] == 101_325.1


def test_zero_size_and_wrong_shapes_are_refused():
    """An array without components and a batch of another shape are errors that name the shapes."""
    with pytest.raises(ValueError, match=r"\(0,\)"):
        Moments((0,))
    with pytest.raises(ValueError, match=r"of shape \(2,\), got an array of shape \(3,\)"):
        Moments((2,)).update(np.zeros(3))


def test_state_round_trip_is_bit_identical():
    """state_dict -> load_state_dict -> continue gives the same bits as not stopping."""
    rng = np.random.default_rng(4)
    straight = Moments((5,))
    straight.update(rng.normal(size=(9, 5)))
    resumed = Moments((5,))
    resumed.load_state_dict(straight.state_dict())
    for _ in range(5):
        batch = rng.normal(size=(4, 5))
        straight.update(batch)
        resumed.update(batch)
    for name, part in straight.state_dict().items():
        assert part.tobytes() == resumed.state_dict()[name].tobytes()


@pytest.mark.parametrize(
    "broken",
    [
        {"squares": np.array([-1.0])},
        {"centre": np.array([np.nan])},
        {"sum": np.zeros(2)},
        {"count": np.array(-3)},
    ],
)
def test_impossible_states_are_refused(broken):
    """A state that no stream can lead to is refused, and the object keeps its own."""
    moments = moments_of([1.0, 2.0])
    with pytest.raises(ValueError, match="expected"):
        moments.load_state_dict(moments.state_dict() | broken)
    assert moments.count == 2
