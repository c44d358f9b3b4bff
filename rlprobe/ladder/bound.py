"""The return that random play stays below: a tolerance bound that assumes no distribution."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT, CONFIDENCE = 0.95, 0.95
MARGIN: Final = 1e-9
STANDARD_ERRORS: Final = 3.0
JUDGED_EPISODES: Final = 10
"""Episodes by which an agent is judged."""


def tolerance_bound(returns: Sequence[float]) -> float:
    """The return below which 95 % of random episodes lie, with 95 % confidence.

    The r-th smallest of n returns, with the smallest r for which ``P(Binomial(n, 0.95) < r) >= 0.95``; the
    largest where n is too small (below 59). Source: Wilks (1941), "Determination of sample sizes for setting
    tolerance limits".

    >>> tolerance_bound(range(100)), tolerance_bound(range(59)), tolerance_bound(range(5))
    (98, 58, 4)
    """
    ranked = sorted(returns)
    n, below = len(ranked), 0.0
    for r in range(1, n + 1):
        below += comb(n, r - 1) * CONTENT ** (r - 1) * (1 - CONTENT) ** (n - r + 1)
        if below >= CONFIDENCE:
            return ranked[r - 1]
    return ranked[-1]


def alive(mean: float, random: Sequence[float]) -> bool:
    """Whether the mean return of ten episodes is beyond random play: at or above the tolerance bound.

    Where the bound is the largest return that random play met, there may be a ceiling that nobody can pass:
    then a mean of ten episodes that is three standard errors above that of random play counts as well.

    >>> alive(1.0, [0.0] * 90 + [1.0] * 10), alive(0.6, [0.0] * 90 + [1.0] * 10)
    (True, True)
    >>> alive(0.2, [0.0] * 90 + [1.0] * 10), alive(0.0, [0.0] * 100)
    (False, False)
    """
    values = np.asarray(random, np.float64)
    bound, usual = tolerance_bound(random), float(values.mean())
    if mean <= usual + MARGIN:
        return False
    if mean >= bound - MARGIN:
        return True
    ceiling = np.count_nonzero(values >= values.max() - MARGIN) > 1
    return bool(ceiling and mean > usual + STANDARD_ERRORS * float(values.std()) / np.sqrt(JUDGED_EPISODES))
