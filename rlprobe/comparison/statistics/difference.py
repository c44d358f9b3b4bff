"""The difference of two groups of seeds, with an interval that may be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.bootstrap import studentised
from rlprobe.comparison.statistics.one_more import smallest_p_with, with_one_more
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
class Seen:
    """What the scores say if the seeds that were run are all there is to see.

    Args:
        low: lower end of the interval.
        high: upper end.
        p: p-value of no difference.
    """

    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Difference:
    """Mean of the first group minus mean of the second.

    Args:
        value: the difference.
        low: lower end of its interval, one more seed at the other end allowed for.
        high: upper end.
        p: p-value of no difference, with the same allowance.
        reachable: the smallest p-value that so many seeds can give, one more not counted.
        method: how the interval was made.
        seen: interval and p-value without that allowance.
    """

    value: float
    low: float
    high: float
    p: float
    reachable: float
    method: str
    seen: Seen


def difference(a: Floats, b: Floats, alpha: float = ALPHA, *, failures: bool = True) -> Difference:
    """The difference of two groups of scores, shapes ``(m,)`` and ``(n,)``.

    Up to eight seeds the interval is the inverted permutation test, which is exact for groups of the same
    shape; above it is the studentised bootstrap. Two groups may also differ in spread, which a permutation
    test takes for a difference: so the interval is never narrower than Welch's, and the p-value never below
    Welch's or that of the permutation test. Up to ten seeds it also holds with one more seed at the other
    end (`one_more`): few seeds do not show how often an algorithm fails. Without ``failures`` the seeds that
    were run are taken as all there is to see.

    >>> difference(np.array([9.0, 10, 11]), np.array([1.0, 2, 3])).seen.p
    0.1
    """
    value = float(a.mean() - b.mean())
    if min(len(a), len(b)) < FEWEST:
        return Difference(value, -np.inf, np.inf, 1.0, 1.0, "none", Seen(-np.inf, np.inf, 1.0))
    seen, method = _seen(a, b, alpha)
    reachable = smallest_p(len(a), len(b))
    if not failures:
        return Difference(value, seen.low, seen.high, seen.p, reachable, method, seen)
    if smallest_p_with(len(a), len(b)) > alpha:
        reachable = 1.0
    low, high, p = with_one_more(a, b, alpha)
    return Difference(
        value, min(seen.low, low), max(seen.high, high), max(seen.p, p), reachable, method, seen
    )


def _seen(a: Floats, b: Floats, alpha: float) -> tuple[Seen, str]:
    permuted, student = permutation(a, b, alpha), welch(a, b, alpha)
    if min(len(a), len(b)) <= MOST_PERMUTED:
        parts, method = [permuted, student], "permutation"
    else:
        resampled = studentised(a, b, alpha)
        parts, method = [resampled, (*resampled[:2], permuted[2])], "studentised bootstrap"
    return Seen(min(x[0] for x in parts), max(x[1] for x in parts), max(x[2] for x in parts)), method


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
