"""What noise alone does: how much seeds of one algorithm differ, and where one more run will fall."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.statistics.student import special

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

SHARE: Final = 0.75
"""The noise floor is exceeded in one of four draws."""
DRAWS: Final = 2_000
CONTENT, CONFIDENCE = 0.8, 0.9


def noise_floor(scores: Floats) -> float:
    """How much as many seeds differ from as many other seeds of the same algorithm, in one of four draws.

    From all divisions of the seeds into halves; their differences are scaled to groups of the full number.

    >>> noise_floor(np.array([1.0, 1, 1, 1])), noise_floor(np.array([0.0, 0, 10, 10])) > 4
    (0.0, True)
    """
    count = len(scores)
    half = count // 2
    if half < 1:
        return float("nan")
    return float(np.quantile(np.abs(_halves(scores, half)), SHARE) * np.sqrt(half / count))


def _halves(scores: Floats, half: int) -> Floats:
    """Differences of the means of two halves; of an odd number one is left out in turn."""
    count = len(scores)
    if comb(count, half) <= DRAWS and count % 2 == 0:
        first = np.array(list(combinations(range(count), half)))
        chosen = np.zeros((len(first), count))
        np.put_along_axis(chosen, first, 1.0, axis=1)
        return np.asarray((2 * (chosen @ scores) - scores.sum()) / half)
    order = np.argsort(np.random.default_rng(0).random((DRAWS, count)), axis=1)
    drawn = scores[order]
    return np.asarray(drawn[:, :half].mean(axis=1) - drawn[:, half : 2 * half].mean(axis=1))


def tolerance(scores: Floats) -> tuple[float, float]:
    """Limits between which, with confidence 90 %, at least 80 % of all runs fall, if they are normal.

    Source: Howe (1969), "Two-sided tolerance limits for normal populations".

    >>> low, high = tolerance(np.array([1.0, 2, 3, 4, 5]))
    >>> round(low, 1), round(high, 1)
    (-1.3, 7.3)
    """
    count = len(scores)
    if count < 2:
        return -np.inf, np.inf
    normal = float(special().ndtri((1 + CONTENT) / 2))
    spread = float(special().chdtri(count - 1, CONFIDENCE))
    factor = normal * np.sqrt((count - 1) * (1 + 1 / count) / spread)
    reach = float(factor * scores.std(ddof=1))
    return float(scores.mean()) - reach, float(scores.mean()) + reach


def inside_chance(count: int) -> float:
    """Chance that one more run falls between the lowest and the highest of ``count``.

    >>> inside_chance(4)
    0.6
    """
    return (count - 1) / (count + 1)
