"""Where trials fail: what is left out must not hide which settings crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.search.statistics.fitting import ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHA: Final = 0.05
SHUFFLES: Final = 1_000
FEWEST: Final = 3
"""Failed trials, and others, from which a place is told."""


def where_failed(name: str, done: Sequence[Any], failed: Sequence[Any], tests: int) -> str | None:
    """In words, where trials failed; nothing if they may lie anywhere.

    Args:
        name: of the parameter.
        done: its values in the trials that ended well.
        failed: its values in those that failed.
        tests: parameters that are looked at, for which the p-value is corrected.

    >>> where_failed("lr", [1e-4, 2e-4, 3e-4, 4e-4, 1e-5], [1e-2, 2e-2, 3e-3, 1e-1], 1)
    'trials failed at large lr: half of them above 0.015, of the others none'
    >>> where_failed("lr", [1.0, 3.0, 5.0, 7.0], [2.0, 4.0, 6.0], 1) is None
    True
    """
    if min(len(done), len(failed)) < FEWEST:
        return None
    try:
        values = np.array([*failed, *done], float)
    except ValueError:
        return _choice(name, done, failed, tests)
    places, count = ranks(values), len(failed)
    shuffled = np.random.default_rng(0).permuted(np.tile(places, (SHUFFLES, 1)), axis=1)
    seen = float(places[:count].sum())
    p = (1 + int((np.abs(shuffled[:, :count].sum(axis=1)) >= abs(seen) - 1e-9).sum())) / (1 + SHUFFLES)
    if p * tests > ALPHA:
        return None
    middle = float(np.median(values[:count]))
    beyond = int(((values[count:] > middle) if seen > 0 else (values[count:] < middle)).sum())
    others = f"{beyond} of {len(done)}" if beyond else "none"
    side = ("large", "above") if seen > 0 else ("small", "below")
    return f"trials failed at {side[0]} {name}: half of them {side[1]} {middle:.3g}, of the others {others}"


def _choice(name: str, done: Sequence[Any], failed: Sequence[Any], tests: int) -> str | None:
    """The choice that fails more often than the others."""
    words = np.array([*map(str, failed), *map(str, done)])
    count = len(failed)
    shuffled = np.random.default_rng(0).permuted(np.tile(words, (SHUFFLES, 1)), axis=1)[:, :count]
    for choice in np.unique(words):
        seen = int((words[:count] == choice).sum())
        p = (1 + int(((shuffled == choice).sum(axis=1) >= seen).sum())) / (1 + SHUFFLES)
        if p * tests * len(np.unique(words)) <= ALPHA:
            others = int((words[count:] == choice).sum())
            return f"trials failed with {name} {choice}: {seen} of {seen + others}"
    return None
