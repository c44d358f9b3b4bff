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


PLANTED: list[Planted] = []


def planted(family, mistake):
    """Register a function with a mistake."""

    def register(function):
        PLANTED.append(Planted(family, mistake, function))
        return function

    return register
