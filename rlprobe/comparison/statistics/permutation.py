r"""The interval of a difference of means by inverting the permutation test: exact, for a few seeds.

If B were A shifted by $\delta$, every division of the scores $(a - \delta, b)$ into two groups would be
equally likely. The interval holds each $\delta$ that the test does not reject. Each division rejects up to
one threshold $t = (\bar a - \bar b - d) / (1 - c)$, with $d$ the difference of the divided scores and $c$
the part of $\delta$ in it, so that the ends of the interval are order statistics of the thresholds.

Source: Ernst (2004), "Permutation methods: a basis for exact inference"; Garthwaite (1996), "Confidence
intervals from randomization tests".
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb, floor
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

ALPHA: Final = 0.05
MOST_EXACT: Final = 13_000
"""Divisions up to which all are counted: 8 seeds against 8 have 12,870."""
DRAWS: Final = 10_000
ROUNDING: Final = 1e-9


def smallest_p(m: int, n: int) -> float:
    """The smallest p-value that ``m`` against ``n`` seeds can give.

    >>> smallest_p(3, 3), round(smallest_p(4, 4), 4)
    (0.1, 0.0286)
    """
    return 2 / comb(m + n, m) if m and n else 1.0


def permutation(a: Floats, b: Floats, alpha: float = ALPHA) -> tuple[float, float, float]:
    """Lower end, upper end and p-value of the difference of means.

    Args:
        a: ``(m,)`` scores.
        b: ``(n,)`` scores.
        alpha: one minus the coverage.

    >>> low, high, p = permutation(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]))
    >>> (float(low), float(high)), round(p, 3)
    ((1.0, 7.0), 0.029)
    """
    thresholds, total, scale = _thresholds(a, b)
    count = floor(alpha / 2 * total + ROUNDING)
    reached = count > 0
    low = float(thresholds[count - 1]) if reached else -np.inf
    high = float(thresholds[-count]) if reached else np.inf
    slack = ROUNDING * scale
    sides = ((thresholds <= slack).sum() + 1, (thresholds >= -slack).sum() + 1)
    return low, high, min(1.0, 2 * float(min(sides)) / total)


def _thresholds(a: Floats, b: Floats) -> tuple[Floats, int, float]:
    """Sorted thresholds, number of divisions with the observed one, and the size of the scores."""
    m, n = len(a), len(b)
    scores = np.concatenate([a, b])
    chosen = divisions(m, n)
    from_a = chosen[:, :m].sum(axis=1)
    sums = chosen @ scores
    divided = sums / m - (scores.sum() - sums) / n
    shifted = from_a / m - (m - from_a) / n
    thresholds = np.sort((a.mean() - b.mean() - divided) / (1 - shifted))
    return thresholds, len(chosen) + 1, float(np.abs(scores).max() or 1.0)


@lru_cache(maxsize=16)
def divisions(m: int, n: int) -> Floats:
    """``(k, m + n)`` divisions other than the observed one: 1 where a score goes to the first group."""
    if comb(m + n, m) <= MOST_EXACT:
        rows = np.array(list(combinations(range(m + n), m)))[1:]
    else:
        random = np.random.default_rng(0)
        rows = np.argsort(random.random((DRAWS, m + n)), axis=1)[:, :m]
        rows = rows[(rows >= m).any(axis=1)]
    chosen = np.zeros((len(rows), m + n))
    np.put_along_axis(chosen, rows, 1.0, axis=1)
    return chosen
