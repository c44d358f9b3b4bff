"""How many seeds a difference needs, as a range: the spread itself is known only so well."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.comparison.statistics.student import special

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

POWER: Final = 0.8
FEWEST_EACH: Final = 4
"""Three against three cannot reach p < 0.05."""
MOST_EACH: Final = 10_000


def spread(groups: list[Floats]) -> tuple[float, float, float]:
    """Standard deviation within groups, with its 95 % interval.

    >>> [round(one, 2) for one in spread([np.array([-2.0, -2, 0, 2, 2])])]
    [2.0, 1.2, 5.75]
    """
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    if freedom < 1 or squares == 0:
        return 0.0, 0.0, 0.0 if freedom else np.inf
    low, high = (float(np.sqrt(squares / special().chdtri(freedom, tail))) for tail in (0.025, 0.975))
    return float(np.sqrt(squares / freedom)), low, high


def needed(difference: float, low: float, high: float) -> tuple[int, int]:
    """Seeds of each group for 80 % power, if the spread is ``low``, and if it is ``high``."""
    size = abs(difference)
    if size == 0:
        return MOST_EACH, MOST_EACH
    return each(round(size / low, 4) if low else np.inf), each(round(size / high, 4) if high else np.inf)


@lru_cache(maxsize=1024)
def each(effect: float) -> int:
    """Seeds of each group for 80 % power at 5 %, if means differ by ``effect`` standard deviations.

    >>> [each(effect) for effect in (3.0, 2.0, 1.0, 0.5)]
    [4, 6, 17, 64]
    """
    if effect <= 0:
        return MOST_EACH
    low, high = FEWEST_EACH, MOST_EACH
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(effect, middle) >= POWER else (middle + 1, high)
    return low


CAREFUL: Final = {5: 5.7, 6: 3.8, 7: 3.1, 8: 2.6, 9: 2.0, 10: 1.8}
"""By seeds of each group, the difference in standard deviations that is found in 80 % if one more seed that
fails may not undo it; simulated."""


def careful(effect: float) -> int:
    """Seeds of each group for 80 % power, if one more seed that fails may not undo the difference.

    >>> [careful(effect) for effect in (6.0, 3.0, 2.0, 1.0)]
    [5, 8, 9, 17]
    """
    return next((count for count, found in CAREFUL.items() if effect >= found), max(11, each(effect)))


def power(effect: float, seeds: int) -> float:
    """Chance that a t-test finds ``effect`` standard deviations with so many seeds in each group."""
    if not np.isfinite(effect):
        return 1.0
    freedom, shift = 2 * seeds - 2, effect * np.sqrt(seeds / 2)
    if shift > 30:
        return 1.0
    critical = float(special().stdtrit(freedom, 1 - ALPHA / 2))
    return 1 - float(special().nctdtr(freedom, shift, critical))
