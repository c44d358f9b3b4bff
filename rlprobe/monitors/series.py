"""A curve in fixed memory."""

from __future__ import annotations

MOST_ROWS = 2_000


class Series:
    """Values over environment steps; when full, every other row is left out.

    >>> curve = Series(most=4)
    >>> for step in range(10):
    ...     curve.add(step, float(step))
    >>> curve.steps
    [0, 4, 8]
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self.most = most
        self.steps: list[int] = []
        self.values: list[float] = []
        self._every, self._seen = 1, 0

    def add(self, step: int, value: float) -> None:
        """Add one value; every value is kept until the memory is full."""
        kept = self._seen % self._every == 0
        self._seen += 1
        if not kept:
            return
        self.steps.append(step)
        self.values.append(value)
        if len(self.steps) >= self.most:
            del self.steps[1::2], self.values[1::2]
            self._every *= 2

    def rows(self) -> list[tuple[int, float]]:
        """Steps with values, sorted: episodes of a vector environment are not added in order."""
        return sorted(zip(self.steps, self.values, strict=True), key=lambda row: row[0])

    @property
    def last(self) -> float:
        """The last value that was kept; NaN without one."""
        return self.values[-1] if self.values else float("nan")

    def __len__(self) -> int:
        return len(self.steps)
