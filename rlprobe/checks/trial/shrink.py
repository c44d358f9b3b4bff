"""The smallest case on which a function is still wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case

MOST_CALLS = 150


def smallest(case: Case, wrong: Callable[[Case], bool]) -> Case:
    """Simplify a case step by step as long as ``wrong`` holds.

    Args:
        case: a case for which ``wrong`` holds.
        wrong: whether the function is wrong on a case.
    """
    calls = 0
    simpler = True
    while simpler and calls < MOST_CALLS:
        simpler = False
        for smaller in _simpler(case):
            calls += 1
            if wrong(smaller):
                case, simpler = smaller, True
                break
            if calls >= MOST_CALLS:
                break
    return case


def _simpler(case: Case) -> Iterator[Case]:
    """Cases that are a little easier to read: shorter, then with fewer flags, then with rounder numbers."""
    for letter in ("N", "B", "T"):
        length = case.sizes.get(letter, 1)
        if length > 1:
            yield from (
                case.take(letter, range(length)[part]) for part in (slice(1), slice(1, None), slice(-1))
            )
    for name, value in case.data.items():
        if isinstance(value, np.ndarray) and name in case.axes:
            if value.dtype == np.bool_ and value.any():
                for place in np.argwhere(value):
                    fewer = value.copy()
                    fewer[tuple(place)] = False
                    yield case.change(**{name: fewer})
            elif value.dtype.kind == "f" and not _is_probability(value):
                rounded = np.round(value, 1)
                if not np.array_equal(rounded, value):
                    yield case.change(**{name: rounded})


def _is_probability(value: np.ndarray) -> bool:
    return value.ndim > 1 and bool(np.allclose(value.sum(axis=-1), 1.0))
