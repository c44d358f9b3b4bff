"""Welch's interval, and quantiles of the distributions that go with it, from SciPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats


def special() -> Any:
    """SciPy's distribution functions.

    Raises:
        rlprobe.extras.MissingExtraError: SciPy is not installed.
    """
    return need("scipy.special", "a comparison")


def welch(a: Floats, b: Floats, alpha: float = ALPHA) -> tuple[float, float, float]:
    """Lower end, upper end and p-value of the difference of means, for groups that spread differently.

    Source: Welch (1947), "The generalization of Student's problem when several different population
    variances are involved".

    >>> low, high, p = welch(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]))
    >>> round(low, 2), round(high, 2), round(p, 4)
    (1.77, 6.23, 0.0047)
    """
    difference = float(a.mean() - b.mean())
    error, freedom = standard_error(a, b)
    if error == 0:
        return difference, difference, float(difference == 0)
    reach = float(special().stdtrit(freedom, 1 - alpha / 2)) * error
    p = 2 * float(special().stdtr(freedom, -abs(difference) / error))
    return difference - reach, difference + reach, p


def standard_error(a: Floats, b: Floats) -> tuple[float, float]:
    """Standard error of the difference of means, and Welch's degrees of freedom."""
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    if not parts.sum() > 0:
        return 0.0, float(len(a) + len(b) - 2)
    freedom = parts.sum() ** 2 / (parts**2 / np.array([len(a) - 1, len(b) - 1])).sum()
    return float(np.sqrt(parts.sum())), float(freedom)
