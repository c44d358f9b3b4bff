"""An interval of the median that holds whatever the distribution: between two of the sorted seeds."""

from __future__ import annotations

from math import comb
from typing import Final

COVERAGE: Final = 0.9


def median_ranks(count: int) -> tuple[int, int] | None:
    """Places of the lowest and highest of ``count`` sorted values between which the median lies in 90 %.

    Nothing for fewer than five values, with which even lowest and highest cover less.

    >>> median_ranks(4), median_ranks(5), median_ranks(10)
    (None, (0, 4), (1, 8))
    """
    found, below = None, 0.0
    for rank in range(count // 2):
        below += comb(count, rank) / 2**count
        if 1 - 2 * below >= COVERAGE:
            found = (rank, count - 1 - rank)
    return found
