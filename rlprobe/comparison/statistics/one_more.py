r"""Would one more seed undo it? What few seeds cannot show: a failing seed that has not failed yet.

Five seeds of an algorithm of which 30 % fail contain no failure in 17 of 100 draws, and no test of the
scores alone sees what has not happened (Bahadur and Savage 1956: no test of a mean holds for every shape).
`with_one_more` asks whether a difference would also hold with one more seed at the other end: of the better
group as low as the lowest of all scores, or of the worse group as high as the highest. With fewer than nine
seeds, in which a failing share of 30 % stays hidden in more than 5 %, that seed falls a fifth of the range
beyond. Groups of more than ten seeds are taken as they are.

Source: Bahadur and Savage (1956), "The nonexistence of certain statistical procedures in nonparametric
problems".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.comparison.statistics.student import special, welch

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

HIDING: Final = 9
"""Seeds from which a failing share of 30 % has shown itself with 95 %: 0.7 ** 9 is 4 %."""
MOST_DOUBTED: Final = 10
"""Seeds of a group up to which one more is imagined."""
BEYOND: Final = 0.2
"""How far beyond the other end that seed falls while failures may hide, in ranges of all scores."""
UNLIKE_ERRORS: Final = {3: 0.32, 4: 0.19, 5: 0.17, 6: 0.12, 7: 0.09, 8: 0.08}
"""By seeds, how often groups of equal mean count as different if one algorithm fails in 30 % of its seeds and
the other never does; simulated (docs/compare/measured.md)."""


def with_one_more(a: Floats, b: Floats, alpha: float = ALPHA) -> tuple[float, float, float]:
    """Lower end, upper end and p-value of the difference of means, with one more seed at the other end.

    The widest of Welch's intervals over both groups and both ends; nothing is added to large groups.

    >>> low, high, p = with_one_more(np.array([9.0, 10, 11, 9, 10]), np.array([1.0, 2, 3, 2, 1]))
    >>> low > 0, p < 0.05
    (True, True)
    >>> with_one_more(np.array([4.0, 5, 6, 4, 5]), np.array([1.0, 2, 3, 2, 1]))[2] > 0.05
    True
    """
    down, up = [], []
    if len(a) <= MOST_DOUBTED:
        below, above = imagined(a, b, len(a))
        down.append(welch(np.append(a, below), b, alpha))
        up.append(welch(np.append(a, above), b, alpha))
    if len(b) <= MOST_DOUBTED:
        below, above = imagined(a, b, len(b))
        down.append(welch(a, np.append(b, above), alpha))
        up.append(welch(a, np.append(b, below), alpha))
    low = min((x[0] for x in down), default=np.inf)
    high = max((x[1] for x in up), default=-np.inf)
    if a.mean() >= b.mean():
        return low, high, max((x[2] if x[0] + x[1] > 0 else 1.0 for x in down), default=0.0)
    return low, high, max((x[2] if x[0] + x[1] < 0 else 1.0 for x in up), default=0.0)


def imagined(a: Floats, b: Floats, count: int) -> tuple[float, float]:
    """Score of one more seed of a group of ``count`` seeds that fails, and of one that does better than all.

    >>> imagined(np.array([0.0, 8]), np.array([2.0, 4]), 5), imagined(np.array([0.0, 8]), np.array([2.0]), 9)
    ((-1.6, 9.6), (0.0, 8.0))
    """
    lowest, highest = float(min(a.min(), b.min())), float(max(a.max(), b.max()))
    beyond = BEYOND * (highest - lowest) if count < HIDING else 0.0
    return lowest - beyond, highest + beyond


def undoing(a: Floats, b: Floats, alpha: float = ALPHA) -> dict[int, float]:
    """The groups, 0 or 1, of which one more seed would undo the difference, and the score of that seed.

    >>> undoing(np.array([4.0, 5, 6, 4, 5]), np.array([1.0, 2, 3, 2, 1]))
    {0: 0.0, 1: 7.0}
    """
    sign = 1.0 if a.mean() >= b.mean() else -1.0
    found = {}
    for place, group in enumerate((a, b)):
        if len(group) <= MOST_DOUBTED:
            below, above = imagined(a, b, len(group))
            score = below if (place == 0) == (sign > 0) else above
            grown = [np.append(one, score) if i == place else one for i, one in enumerate((a, b))]
            low, high, p = welch(grown[0], grown[1], alpha)
            if p > alpha or sign * (low + high) <= 0:
                found[place] = score
    return found


def smallest_p_with(m: int, n: int) -> float:
    """The smallest p-value that groups without any spread can have with one more seed.

    >>> round(smallest_p_with(3, 20), 3), round(smallest_p_with(5, 5), 3), smallest_p_with(20, 20)
    (0.102, 0.01, 0.0)
    """
    return max(_limit(count) for count in (m, n))


def _limit(count: int) -> float:
    if count > MOST_DOUBTED:
        return 0.0
    beyond = BEYOND if count < HIDING else 0.0
    return 2 * float(special().stdtr(count, -(count - beyond) / (1 + beyond)))


def hidden_share(count: int) -> float:
    """The largest share of failing seeds that ``count`` seeds without a failure do not exclude, with 95 %.

    >>> round(hidden_share(5), 2), round(hidden_share(20), 2)
    (0.45, 0.14)
    """
    return 1 - ALPHA ** (1 / count) if count else 1.0
