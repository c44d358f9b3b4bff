"""What a study would have seen: its trials with simulated results, of which one parameter explains 30 %."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.search.statistics.fitting import p_values

if TYPE_CHECKING:
    from rlprobe.search.table import Floats, Parameter

SHARE: Final = 0.3
"""The share of the variance that the parameter explains."""
DRAWS: Final = 600
"""Simulated studies for each parameter and shape: the chance is known within 4 %."""
MOST_FOUND: Final = 0.999
STEPS_AT: Final = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Shares of the trials below a step; the chance told is the mean over them."""


@dataclass(frozen=True)
class Test:
    """What a parameter is tested with.

    Args:
        basis: ``(n, k)`` its orthonormal columns.
        results: ``(n,)`` scores of the study's results in ascending order, equal ones included.
        critical: the p-value below which it is found.
    """

    __test__ = False  # no test of pytest

    basis: Floats
    results: Floats
    critical: float


@dataclass(frozen=True)
class Power:
    """The chance with which a parameter would have been found.

    Args:
        smooth: if the results go up, down, or over a hump as it grows; the least of these.
        step: if it only matters whether it lies above some value, wherever that is; nothing for a choice.
    """

    smooth: float
    step: float | None = None


def power_of(parameter: Parameter, test: Test) -> Power:
    """Simulate the study with normal noise, and count how often the parameter is found.

    Args:
        parameter: the one that explains 30 %.
        test: what it is tested with.
    """
    if not test.basis.shape[1] or test.critical <= 0 or not test.results.any():
        return Power(0.0, None if parameter.is_choice else 0.0)
    random = np.random.default_rng(0)
    if parameter.is_choice:
        return Power(_found(random, _choices(random, test.basis), test))
    x = parameter.places
    smooth = [x, (x - np.median(x)) ** 2, (x - np.quantile(x, 0.3)) ** 2]
    steps = [x > np.quantile(x, share) for share in STEPS_AT]
    return Power(
        min(_found(random, one[None], test) for one in smooth),
        _found(random, np.array(steps, float), test),
    )


def _choices(random: np.random.Generator, basis: Floats) -> Floats:
    """Every choice has a mean of its own."""
    return np.asarray(random.normal(size=(DRAWS, basis.shape[1])) @ basis.T)


def _found(random: np.random.Generator, signals: Floats, test: Test) -> float:
    """Share of the studies with one of the signals in which it is found."""
    signals = signals - signals.mean(axis=1, keepdims=True)
    sizes = signals.std(axis=1, keepdims=True)
    signals = (signals / np.where(sizes > 0, sizes, 1.0))[np.arange(DRAWS) % len(signals)]
    noise = random.normal(size=(DRAWS, len(test.basis)))
    results = np.sqrt(SHARE) * signals + np.sqrt(1 - SHARE) * noise
    targets = test.results[np.argsort(np.argsort(results, axis=1), axis=1)]
    return min(MOST_FOUND, float((p_values(targets, test.basis) <= test.critical).mean()))
