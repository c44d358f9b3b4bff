"""The statistics give the answers of the textbooks, and no better is said of groups that are the same."""

from __future__ import annotations

import numpy as np
import pytest

from rlprobe.comparison.statistics.difference import difference, holm
from rlprobe.comparison.statistics.humps import failing_below
from rlprobe.comparison.statistics.noise import noise_floor
from rlprobe.comparison.statistics.one_more import undoing
from rlprobe.comparison.statistics.permutation import permutation
from rlprobe.comparison.statistics.seeds import power, spread
from rlprobe.comparison.statistics.sequential import LOOKS, looked
from rlprobe.comparison.statistics.student import welch

SHAPES = {
    "normal": lambda random, n: random.normal(size=n),
    "bimodal": lambda random, n: np.where(random.random(n) < 0.3, 0.0, 10.0) + random.normal(size=n),
    "skewed": lambda random, n: random.lognormal(size=n),
}


def test_the_permutation_test_is_that_of_scipy():
    """The p-value of no difference equals SciPy's exact permutation test."""
    from scipy.stats import permutation_test

    random = np.random.default_rng(0)
    for m, n in ((4, 4), (5, 4), (3, 6)):
        a, b = random.normal(size=m), random.normal(0.8, size=n)
        expected = permutation_test((a, b), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)
        assert permutation(a, b)[2] == pytest.approx(expected.pvalue)


def test_the_interval_holds_what_the_test_does_not_reject():
    """Shifting one group to just inside or outside an end of the interval flips the test."""
    random = np.random.default_rng(1)
    a, b = random.normal(size=5), random.normal(1.0, size=6)
    low, high, _ = permutation(a, b)
    for end, outward in ((low, -1e-6), (high, 1e-6)):
        assert permutation(a - (end - outward), b)[2] > 0.05
        assert permutation(a - (end + outward), b)[2] <= 0.05


def test_welch_is_that_of_scipy():
    """Interval and p-value equal SciPy's."""
    from scipy.stats import ttest_ind

    random = np.random.default_rng(2)
    a, b = random.normal(size=5), random.normal(1.0, 3.0, size=9)
    expected = ttest_ind(a, b, equal_var=False)
    interval = expected.confidence_interval()
    assert welch(a, b) == pytest.approx((interval.low, interval.high, expected.pvalue))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_same_algorithm_is_not_better_than_itself(shape, seeds):
    """At most 5.5 % of pairs of groups of one algorithm are called different; 93 % of intervals hold 0."""
    random = np.random.default_rng(6)
    times = 300 if seeds <= 8 else 100  # the bootstrap takes its time
    found = [difference(SHAPES[shape](random, seeds), SHAPES[shape](random, seeds)) for _ in range(times)]
    assert np.mean([one.p <= 0.05 for one in found]) <= 0.055
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= 0.93


def test_groups_that_spread_differently_are_not_taken_for_different():
    """Eight steady seeds against three that vary ten times more: the permutation test alone errs in 23 %."""
    random = np.random.default_rng(4)
    pairs = [(random.normal(size=8), random.normal(0, 10, size=3)) for _ in range(300)]
    assert np.mean([permutation(*pair)[2] <= 0.05 for pair in pairs]) > 0.15
    assert np.mean([difference(*pair).p <= 0.05 for pair in pairs]) < 0.08


@pytest.mark.parametrize(
    ("one", "other", "sizes"),
    [("normal", "bimodal", (5, 5)), ("bimodal", "skewed", (5, 10)), ("skewed", "normal", (5, 10))],
)
def test_other_shapes_of_equal_mean_are_not_better(one, other, sizes):
    """Seeds that have not failed yet: tests of scores err in more than 5.5 %, not if one may still fail."""
    random = np.random.default_rng(12)
    means = {"normal": 0.0, "bimodal": 7.0, "skewed": np.exp(0.5)}
    found = [
        difference(
            SHAPES[one](random, sizes[0]) - means[one],
            SHAPES[other](random, sizes[1]) - means[other],
            allow_failure=True,
        )
        for _ in range(250)
    ]
    assert np.mean([two.p <= 0.05 for two in found]) <= 0.055
    assert np.mean([two.low <= 0 <= two.high for two in found]) >= 0.93
    assert np.mean([two.seen.p <= 0.05 for two in found]) > 0.06


def test_a_large_difference_is_found():
    """Three standard deviations are found by four and five seeds each, two by eight; three can never tell."""
    for size, seeds, share in ((3, 4, 0.8), (3, 5, 0.95), (2, 8, 0.9)):
        random = np.random.default_rng(5)
        found = [difference(random.normal(size, 1, seeds), random.normal(0, 1, seeds)) for _ in range(300)]
        assert np.mean([one.p <= 0.05 for one in found]) >= share
        assert np.mean([one.low > 0 for one in found]) >= share - 0.02
    assert difference(np.full(3, 1e9) + np.arange(3), np.arange(3.0)).seen.p == pytest.approx(0.1)


def test_a_failing_seed_that_is_allowed_for_takes_more_seeds():
    """Who allows for one more failure finds two standard deviations by ten seeds, three rarely by five."""
    random = np.random.default_rng(5)
    ten = [(random.normal(2, 1, 10), random.normal(0, 1, 10)) for _ in range(40)]
    five = [(random.normal(3, 1, 5), random.normal(0, 1, 5)) for _ in range(100)]
    assert np.mean([difference(*pair, allow_failure=True).p <= 0.05 for pair in ten]) > 0.8
    assert np.mean([difference(*pair, allow_failure=True).p <= 0.05 for pair in five]) < 0.3


def test_the_seed_that_would_undo_a_difference_undoes_it():
    """What is said of one more seed is what the test says once that seed is run."""
    a, b = np.array([4.0, 5, 6, 4, 5]), np.array([1.0, 2, 3, 2, 1])
    (score,) = {undoing(a, b)[0]}
    found = difference(a, b)
    assert found.if_one_fails.p > 0.05 >= found.seen.p == found.p
    assert difference(a, b, allow_failure=True).p == found.if_one_fails.p
    assert difference(np.append(a, score), b).p > 0.05
    assert undoing(a + 100, b) == {}


def test_the_noise_floor_is_exceeded_in_one_of_four_draws():
    """On average a quarter of differences between groups of the same algorithm are larger."""
    random = np.random.default_rng(6)
    pairs = [random.normal(size=(2, 6)) for _ in range(1500)]
    floors = [noise_floor(a) for a, _ in pairs]
    differences = [abs(a.mean() - b.mean()) for a, b in pairs]
    assert np.mean(np.array(differences) > np.mean(floors)) == pytest.approx(0.25, abs=0.04)


def test_the_spread_of_five_seeds_is_known_within_a_factor():
    """Five seeds know their standard deviation within 0.6 to 2.9 times."""
    middle, low, high = spread([np.random.default_rng(7).normal(size=5)])
    assert (round(low / middle, 1), round(high / middle, 1)) == (0.6, 2.9)


def test_power_is_that_of_simulated_t_tests():
    """The chance to find a difference, simulated."""
    random = np.random.default_rng(8)
    a, b = random.normal(1.0, 1, (4000, 17)), random.normal(0, 1, (4000, 17))
    pooled = np.sqrt((a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / 17)
    found = np.abs(a.mean(axis=1) - b.mean(axis=1)) / pooled > 2.0369
    assert power(1.0, 17) == pytest.approx(found.mean(), abs=0.02)


def test_two_humps_are_told_from_one():
    """Failing seeds are seen, and at most 2 % of groups of one hump are taken for two."""
    random = np.random.default_rng(9)
    assert np.mean([failing_below(random.normal(size=8)) is not None for _ in range(500)]) <= 0.02
    scores = np.concatenate([random.normal(0, 1, 3), random.normal(20, 1, 6)])
    assert 3 < failing_below(scores) < 17


def test_holm_corrects_for_the_number_of_pairs():
    """Five pairs of nothing are called different at least once in at most about 5 %."""
    random = np.random.default_rng(10)
    values = random.random((2000, 5))
    assert np.mean([min(holm(row)) <= 0.05 for row in values]) == pytest.approx(0.05, abs=0.015)


def test_five_looks_err_in_five_percent():
    """Who stops at the first clear look rarely calls noise a difference; p < 0.05 does so far more often."""
    random = np.random.default_rng(11)
    pairs = [(random.normal(size=20), random.normal(size=20)) for _ in range(200)]
    assert np.mean([looked(*pair).sign != 0 for pair in pairs[:60]]) < 0.08  # measured: 3 %
    naive = [any(welch(a[:n], b[:n])[2] <= 0.05 for n in LOOKS) for a, b in pairs]
    assert np.mean(naive) > 0.11
