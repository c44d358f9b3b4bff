"""The difference of two groups of seeds, with an interval that may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.bootstrap import studentised
from rlprobe.comparison.statistics.permutation import ALPHA, permutation, smallest_p
from rlprobe.comparison.statistics.student import welch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.log import Floats

MOST_PERMUTED: Final = 8
"""Seeds of the smaller group up to which the interval comes from permutations."""
FEWEST: Final = 3
"""Seeds of a group below which its spread is not known well enough for any interval."""


@dataclass(frozen=True)
class Difference:
    """Mean of the first group minus mean of the second.

    Args:
        value: the difference.
        low: lower end of its interval.
        high: upper end.
        p: p-value of no difference.
        reachable: the smallest p-value that so many seeds can give.
        method: how the interval was made.
    """

    value: float
    low: float
    high: float
    p: float
    reachable: float
    method: str


def difference(a: Floats, b: Floats, alpha: float = ALPHA) -> Difference:
    """The difference of two groups of scores, shapes ``(m,)`` and ``(n,)``.

    Up to eight seeds the interval is the inverted permutation test, which is exact for groups of the same
    shape; above it is the studentised bootstrap. Two groups may also differ in spread, which a permutation
    test takes for a
    difference: so the interval is never narrower than Welch's, and the p-value never below Welch's or that
    of the permutation test.

    >>> difference(np.array([9.0, 10, 11]), np.array([1.0, 2, 3])).reachable
    0.1
    """
    m, n = len(a), len(b)
    value = float(a.mean() - b.mean())
    if min(m, n) < FEWEST:
        return Difference(value, -np.inf, np.inf, 1.0, 1.0, "none")
    permuted, student = permutation(a, b, alpha), welch(a, b, alpha)
    if min(m, n) <= MOST_PERMUTED:
        parts, method = [permuted, student], "permutation"
    else:
        resampled = studentised(a, b, alpha)
        parts, method = [resampled, (*resampled[:2], permuted[2])], "studentised bootstrap"
    low, high, p = min(x[0] for x in parts), max(x[1] for x in parts), max(x[2] for x in parts)
    return Difference(value, low, high, p, smallest_p(m, n), method)


def holm(values: Sequence[float]) -> list[float]:
    """P-values corrected for their number.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    corrected, largest = [0.0] * len(values), 0.0
    for rank, place in enumerate(np.argsort(values, kind="stable").tolist()):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = largest
    return corrected
