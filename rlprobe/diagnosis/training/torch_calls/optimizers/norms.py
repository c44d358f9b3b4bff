"""Whether large gradients are clipped to one norm before an optimizer steps."""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import Any

LATEST, LEAST_STEPS = 200, 40
"""Steps of an optimizer whose norms are kept, of those that are looked at; and from how many on they tell."""
EVERY = 3
"""One step in so many is looked at."""
SAME_WITHIN, OFTEN = 1e-3, 0.15
"""Norms are the same if they differ by less than this share; clipped if the largest is so frequent."""


class Norms:
    """The norms of the latest gradients of each optimizer, over all its parameters."""

    def __init__(self) -> None:
        self._steps = 0
        self._norms: dict[int, deque[float]] = {}

    def before_step(self, optimizer: Any) -> None:
        """An optimizer is about to step."""
        self._steps += 1
        if self._steps % EVERY:
            return
        gradients = [
            p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None
        ]
        norm = sqrt(sum(float(one.detach().square().sum()) for one in gradients))
        self._norms.setdefault(id(optimizer), deque(maxlen=LATEST)).append(norm)

    @property
    def clipped(self) -> bool:
        """Whether a good part of those of some optimizer are its largest one."""
        return any(_clipped(norms) for norms in self._norms.values())


def _clipped(norms: deque[float]) -> bool:
    largest = max(norms)
    same = sum(norm > (1.0 - SAME_WITHIN) * largest for norm in norms)
    return len(norms) >= LEAST_STEPS and largest > 0.0 and same >= OFTEN * len(norms)
