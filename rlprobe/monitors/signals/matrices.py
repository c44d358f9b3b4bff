"""How far an update moves a weight matrix, relative to its size."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

WINDOW = 100
MOST_NUMBERS = 8_192
"""Of larger matrices an even sample of so many weights is compared: their norms are known to about 1 %."""


@dataclass
class Matrix:
    """What is known of one parameter.

    Args:
        name: what the training code calls it.
        size: its norm at the first look, and at least the usual one.
    """

    name: str
    size: float
    ratios: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    early: list[float] = field(default_factory=list)

    def moved(self, by: float) -> float:
        """An update has moved it by so much; returns how much that is of its size."""
        ratio = by / self.size
        self.ratios.append(ratio)
        if len(self.early) < WINDOW:
            self.early.append(ratio)
        return ratio


def some_of(parameter: Any) -> Any:
    """The weights that are compared, as a view: all, or an even sample of a large matrix."""
    weights = parameter.detach()
    every = _every(parameter)
    return weights if every == 1 else weights.reshape(-1)[::every]


def whole_of(parameters: list[Any]) -> Any:
    """The factors from the norm of what ``some_of`` takes to that of the whole parameter."""
    return np.sqrt([_every(p) for p in parameters])


def usual_size(matrix: Any) -> float:
    """The norm of the compared weights at initialisation, ``sqrt(numel / fan_in)``."""
    fan_in: int = max(1, matrix[0].numel())
    return float((matrix.numel() / _every(matrix) / fan_in) ** 0.5)


def _every(matrix: Any) -> int:
    """One weight in so many is compared; an odd number, so that no column is met again and again."""
    return 1 if matrix.numel() <= MOST_NUMBERS else int(matrix.numel() // MOST_NUMBERS) | 1
