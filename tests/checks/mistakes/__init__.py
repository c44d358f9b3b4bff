"""Functions with one mistake each, written as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Planted:
    """A function, its family, and the mistake in it."""

    family: str
    mistake: str
    function: Any
    fast: bool = False


PLANTED: list[Planted] = []


def planted(family, mistake, *, fast=False):
    """Register a function with a mistake; fast ones are checked with the default tests."""

    def register(function):
        known = {one.function.__qualname__ for one in PLANTED}
        if function.__qualname__ not in known:  # pytest imports the module again for its doctests
            PLANTED.append(Planted(family, mistake, function, fast))
        return function

    return register
