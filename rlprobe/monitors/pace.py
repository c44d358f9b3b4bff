"""How often something is looked at: by counts alone, so that a run is judged alike on every machine."""

from __future__ import annotations


class Pace:
    """Which of a long row of events are looked at: the first ones, then one in so many, then ever fewer.

    The gap between two looks grows with the count, so that looks stay evenly dense over the share of the run
    that has passed, and what they cost grows only with the logarithm of its length.

    Args:
        first: events that are all looked at.
        every: then one in so many.
        per_fold: looks while the count grows by a factor of 2.7.

    >>> pace = Pace(first=3, every=10, per_fold=50)
    >>> [number for number in range(1, 40) if pace.due()]
    [1, 2, 3, 13, 23, 33]
    """

    def __init__(self, first: int, every: int = 1, per_fold: int = 60) -> None:
        self.first, self.every, self.per_fold = first, every, per_fold
        self.count = 0
        self._next = 1

    def due(self) -> bool:
        """Count one event; whether it is to be looked at."""
        self.count += 1
        if self.count < self._next:
            return False
        self.looked()
        return True

    def looked(self) -> None:
        """The event that was counted last is looked at, whether it was due or not."""
        gap = 1 if self.count < self.first else max(self.every, self.count // self.per_fold)
        self._next = self.count + gap

    def soon(self) -> bool:
        """Whether the next event will be due."""
        return self.count + 1 >= self._next
