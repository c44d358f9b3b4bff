"""What matters is found, and noise is not."""

from __future__ import annotations

import numpy as np
import pytest

from rlprobe.search.concluding import conclude, lucky, noise_share
from rlprobe.search.statistics.failures import where_failed
from rlprobe.search.statistics.sensitivity import effects
from rlprobe.search.table import Parameter, Trials


def trials(random, count, share, shape=lambda x: x, parameters=8):
    """Trials in which the first of the parameters explains a share of the variance."""
    settings = random.random((count, parameters))
    signal = shape(settings[:, 0])
    signal = (signal - signal.mean()) / signal.std()
    values = np.sqrt(share) * signal + np.sqrt(1 - share) * random.normal(size=count)
    return Trials(tuple(Parameter(f"p{i}", settings[:, i]) for i in range(parameters)), values)


def test_nothing_matters_in_noise():
    """At least 94 % of studies of pure noise name no parameter, although each has eight."""
    random = np.random.default_rng(0)
    named = [any(effect.matters for effect in effects(trials(random, 30, 0.0))) for _ in range(100)]
    assert np.mean(named) <= 0.06


@pytest.mark.parametrize("shape", [lambda x: x, lambda x: -((x - 0.4) ** 2)], ids=["linear", "hump"])
def test_a_third_of_the_variance_is_found_in_fifty_trials(shape):
    """A parameter that explains 30 % is found in about 88 %, as the report says."""
    random = np.random.default_rng(1)
    found = [effects(trials(random, 50, 0.3, shape)) for _ in range(50)]
    hits = np.mean([any(one.matters and one.parameter.name == "p0" for one in study) for study in found])
    assert hits > 0.82
    assert found[0][0].power.smooth == pytest.approx(0.88, abs=0.03)
    assert found[0][0].power.step < 0.8


def test_a_second_parameter_is_found_behind_the_first():
    """What the clearest parameter explains is taken out before the others are tested."""
    random = np.random.default_rng(2)
    study = trials(random, 60, 0.0)
    values = 3 * study.parameters[0].values + 1.2 * study.parameters[1].values + 0.25 * random.normal(size=60)
    found = effects(Trials(study.parameters, values))
    assert [one.parameter.name for one in found if one.matters] == ["p0", "p1"]


def test_choices_and_logarithms():
    """A choice is tested by its means; scales do not change what is found."""
    random = np.random.default_rng(3)
    rates = 10 ** random.uniform(-5, -2, 50)
    names = random.choice(["a", "b", "c"], 50)
    values = (names == "b") * 2.0 + random.normal(0, 0.3, 50)
    rate = Parameter("rate", rates, log=True, low=1e-5, high=1e-2, kind="log")
    found = conclude(Trials((rate, Parameter("kind", names, kind="choice")), values))
    assert [one.parameter.name for one in found.matters] == ["kind"]
    assert "rate=log:1e-05..0.01" in found.next


def test_the_next_range_holds_the_best_values():
    """The range of a parameter that matters shrinks around its best value."""
    random = np.random.default_rng(4)
    rates = 10 ** random.uniform(-5, -2, 60)
    values = -((np.log10(rates) + 3) ** 2) + random.normal(0, 0.2, 60)
    (words,) = conclude(
        Trials((Parameter("rate", rates, log=True, low=1e-5, high=1e-2, kind="log"),), values)
    ).next
    low, high = (float(end) for end in words.split("log:")[1].split(".."))
    assert 1e-5 < low < 1e-3 < high <= 1e-2


def test_noise_and_luck():
    """The share of noise comes from repeated seeds; a best trial that cannot be repeated was luck."""
    random = np.random.default_rng(5)
    level = random.normal(size=200)
    repeats = tuple(tuple(one + random.normal(size=2)) for one in level)
    values = np.array([np.mean(one) for one in repeats])
    assert noise_share(Trials((), values, repeats)) == pytest.approx(0.5, abs=0.1)
    assert lucky(Trials((), values, again=tuple(np.full(5, np.quantile(values, 0.5))))) is True
    assert lucky(Trials((), values, again=tuple(np.full(5, np.quantile(values, 0.9))))) is False
    assert lucky(Trials((), values)) is None


def test_where_trials_fail():
    """A side of a range, or a choice, in which trials fail is named; failures anywhere are not."""
    random = np.random.default_rng(7)
    rates = 10 ** random.uniform(-5, -2, 60)
    crashed = rates > 3e-3
    words = where_failed("rate", rates[~crashed], rates[crashed], 4)
    assert words.startswith("trials failed at large rate: half of them above 0.00")
    kinds = np.array(["a", "b", "c"] * 20)
    assert (
        where_failed("kind", kinds[kinds != "b"], kinds[kinds == "b"], 4)
        == "trials failed with kind b: 20 of 20"
    )
    named = 0
    for _ in range(100):
        failed = random.random(60) < 0.2
        named += where_failed("rate", rates[~failed], rates[failed], 1) is not None
    assert named <= 9


def test_results_that_are_all_equal():
    """A study in which nothing happened says so, and does not divide by zero."""
    study = trials(np.random.default_rng(6), 20, 0.0)
    found = conclude(Trials(study.parameters, np.zeros(20)))
    assert found.matters == []
