"""The difference of two groups of seeds, with an interval that may be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class Interval:
    """Where the difference lies.

    Args:
        low: lower end of the 95 % interval.
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
        low: lower end of its interval.
        high: upper end.
        p: p-value of no difference.
        reachable: the smallest p-value that so many seeds can give.
        method: how the interval was made.
        seen: interval and p-value of the seeds that were run.
        if_one_fails: the same, if it must also hold with one more seed at the other end.
    """

    value: float
    low: float
    high: float
    p: float
    reachable: float
    method: str
    seen: Interval
    if_one_fails: Interval

    def no_clearer_than(self, other: Difference) -> Difference:
        """The same difference with the larger p-values of both; 1 if they contradict each other."""
        least = 0.0 if self.value * other.value > 0 else 1.0
        return replace(
            self,
            p=max(self.p, other.p, least),
            seen=replace(self.seen, p=max(self.seen.p, other.seen.p, least)),
            if_one_fails=replace(self.if_one_fails, p=max(self.if_one_fails.p, other.if_one_fails.p, least)),
        )


def difference(a: Floats, b: Floats, alpha: float = ALPHA, *, allow_failure: bool = False) -> Difference:
    """The difference of two groups of scores, shapes ``(m,)`` and ``(n,)``.

    Up to eight seeds the interval is the inverted permutation test, which is exact for groups of the same
    shape; above it is the studentised bootstrap. Two groups may also differ in spread, which a permutation
    test takes for a difference: so the interval is never narrower than Welch's, and the p-value never below
    Welch's or that of the permutation test. Few seeds do not show how often an algorithm fails: with
    ``allow_failure`` the difference of up to ten seeds must also hold with one more seed at the other end
    (`one_more`).

    >>> few, more = np.array([9.0, 10, 11]), np.array([9.0, 10, 11, 9, 10])
    >>> difference(few, few - 8).p, round(difference(more, more - 3).p, 3)
    (0.1, 0.008)
    >>> round(difference(more, more - 3, allow_failure=True).p, 3)
    0.071
    """
    value = float(a.mean() - b.mean())
    if min(len(a), len(b)) < FEWEST:
        nothing = Interval(-np.inf, np.inf, 1.0)
        return Difference(value, nothing.low, nothing.high, 1.0, 1.0, "none", nothing, nothing)
    seen, method = _seen(a, b, alpha)
    low, high, p = with_one_more(a, b, alpha)
    careful = Interval(min(seen.low, low), max(seen.high, high), max(seen.p, p))
    told = careful if allow_failure else seen
    reachable = smallest_p(len(a), len(b))
    if allow_failure and smallest_p_with(len(a), len(b)) > alpha:
        reachable = 1.0
    return Difference(value, told.low, told.high, told.p, reachable, method, seen, careful)


def _seen(a: Floats, b: Floats, alpha: float) -> tuple[Interval, str]:
    permuted, student = permutation(a, b, alpha), welch(a, b, alpha)
    if min(len(a), len(b)) <= MOST_PERMUTED:
        parts, method = [permuted, student], "permutation"
    else:
        resampled = studentised(a, b, alpha)
        parts, method = [resampled, (*resampled[:2], permuted[2])], "studentised bootstrap"
    return Interval(min(x[0] for x in parts), max(x[1] for x in parts), max(x[2] for x in parts)), method


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
