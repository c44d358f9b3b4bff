r"""The studentised bootstrap of a difference of means, for more than eight seeds each.

Each group is drawn again with replacement; the interval comes from the distribution of
$(d^* - d) / s^*$, where $s^*$ is the standard error of the drawn groups. Unlike the percentile bootstrap,
which covers 89 % instead of 95 % with ten seeds, it takes into account that the standard error itself is
uncertain.

Source: Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 12.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.comparison.statistics.student import standard_error

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

DRAWS: Final = 5_000


def studentised(a: Floats, b: Floats, alpha: float = ALPHA) -> tuple[float, float, float]:
    """Lower end, upper end and p-value of the difference of means, symmetric about it.

    >>> low, high, p = studentised(np.arange(10.0), np.arange(10.0) + 9)
    >>> low < -9 < high < 0, p < 0.01
    (True, True)
    """
    difference = float(a.mean() - b.mean())
    error, _ = standard_error(a, b)
    if error == 0:
        return difference, difference, float(difference == 0)
    ratios = np.sort(np.abs(_ratios(a, b)))
    reach = float(ratios[min(len(ratios) - 1, int(np.ceil((1 - alpha) * len(ratios))))]) * error
    p = (1 + int((ratios >= abs(difference) / error).sum())) / (1 + len(ratios))
    return difference - reach, difference + reach, p


def _ratios(a: Floats, b: Floats) -> Floats:
    random = np.random.default_rng(0)
    drawn = [x[random.integers(0, len(x), (DRAWS, len(x)))] for x in (a, b)]
    means = drawn[0].mean(axis=1) - drawn[1].mean(axis=1)
    errors = np.sqrt(sum(x.var(axis=1, ddof=1) / x.shape[1] for x in drawn))
    centred = means - (a.mean() - b.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = centred / errors
    return np.where(np.isnan(ratios), 0.0, ratios)
