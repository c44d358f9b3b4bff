"""Arrays and tables of the training code: a number in them that is none stays there."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.monitors.holding import Moment

FINITE_FOR, NOT_FINITE_FOR = 2, 3
"""Looks at which all numbers were finite, and looks since then at which some were not."""
FEWEST, MOST = 8, 1_000_000
MOST_ROWS = 2_000
"""Of a dict of numbers or arrays that are looked at."""


class Arrays:
    """Follows what variables hold in loops without torch: value tables, weights, statistics."""

    def __init__(self) -> None:
        self._finite: dict[str, int] = {}
        self._bad: dict[str, tuple[int, int]] = {}

    def look(self, variables: Iterable[tuple[str, Any]], now: Moment) -> None:
        """Look at all variables that hold many numbers."""
        for name, value in variables:
            numbers = numbers_of(value)
            if numbers is None:
                continue
            if np.isfinite(numbers).all():
                self._finite[name] = self._finite.get(name, 0) + 1
                self._bad.pop(name, None)
            elif self._finite.get(name, 0) >= FINITE_FOR:
                since, looks = self._bad.get(name, (now.step, 0))
                self._bad[name] = since, looks + 1

    def judge(self) -> list[Finding]:
        """What became NaN or infinite, and stayed so."""
        bad = {name: since for name, (since, looks) in self._bad.items() if looks >= NOT_FINITE_FOR}
        if not bad:
            return []
        name = min(bad, key=lambda one: (bad[one], one))
        return [Finding("array-not-finite", "look", bad[name], f"`{name}` holds NaN or infinite numbers")]


def numbers_of(value: Any) -> Any:
    """The numbers of an array or of a dict of numbers or arrays; None of anything else.

    >>> numbers_of({state: 0.5 for state in range(8)}).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    if isinstance(value, dict) and len(value) > 0:
        rows = list(islice(value.values(), MOST_ROWS))
        if not all(type(one) in {float, np.float64, np.ndarray} for one in rows):
            return None
        value = np.concatenate([np.reshape(one, -1) for one in rows])
    if type(value) is not np.ndarray or value.dtype.kind != "f" or not FEWEST <= value.size <= MOST:
        return None
    return value
