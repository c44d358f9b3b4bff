"""Whether returns have two humps: seeds that learned, and seeds that failed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

FEWEST: Final = 4
FALSE_SHARE: Final = 0.01
"""Groups of one hump that are taken for two."""
DRAWS: Final = 4_000


def failing_below(scores: Floats) -> float | None:
    """The score below which seeds failed; nothing if the scores are those of one hump.

    Scores are divided where the spread within the two parts is least. They have two humps if the share of the
    variance between the parts is larger than in 99 % of normal samples of that size.

    >>> failing_below(np.array([0.0, 1, 100, 101, 99, 102])), failing_below(np.array([1.0, 2, 3, 4, 5]))
    (50.0, None)
    """
    count = len(scores)
    if count < FEWEST or scores.max() == scores.min():
        return None
    ordered = np.sort(scores)
    shares = _between(ordered[None])[0]
    place = int(shares.argmax())
    if shares[place] <= _limit(count):
        return None
    return float((ordered[place] + ordered[place + 1]) / 2)


def _between(ordered: Floats) -> Floats:
    """``(k, n - 1)`` share of the variance between the parts, by division of ``(k, n)`` sorted scores."""
    count = ordered.shape[1]
    centred = ordered - ordered.mean(axis=1, keepdims=True)
    sizes = np.arange(1, count)
    sums = np.cumsum(centred, axis=1)[:, :-1]
    between = sums**2 / sizes + sums**2 / (count - sizes)
    return np.asarray(between / (centred**2).sum(axis=1, keepdims=True))


@lru_cache(maxsize=64)
def _limit(count: int) -> float:
    random = np.random.default_rng(0)
    shares = _between(np.sort(random.normal(size=(DRAWS, count)), axis=1)).max(axis=1)
    return float(np.quantile(shares, 1 - FALSE_SHARE))
