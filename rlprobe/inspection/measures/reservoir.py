"""A uniform sample of a stream of rows, in fixed memory; everything while it still fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class Reservoir:
    """Keeps ``capacity`` rows of a stream, each row with the same chance (Vitter's algorithm R).

    >>> sample = Reservoir(3, 1)
    >>> sample.add(np.array([[1.0], [2.0]]))
    >>> sample.rows.ravel().tolist(), sample.seen
    ([1.0, 2.0], 2)
    """

    def __init__(self, capacity: int, columns: int) -> None:
        self.capacity, self.seen = capacity, 0
        self._kept = np.zeros((capacity, columns))
        self._random = np.random.default_rng(0)

    def add(self, rows: npt.NDArray[np.float64]) -> None:
        """Offer every row of ``rows``, shape ``(n, columns)``."""
        room = max(0, min(self.capacity - self.seen, len(rows)))
        self._kept[self.seen : self.seen + room] = rows[:room]
        late: Any = rows[room:]
        if len(late):
            numbers = self.seen + room + np.arange(len(late))
            place = (self._random.random(len(late)) * (numbers + 1)).astype(np.int64)
            chosen = np.flatnonzero(place < self.capacity)
            self._kept[place[chosen]] = late[chosen]
        self.seen += len(rows)

    @property
    def rows(self) -> npt.NDArray[np.float64]:
        """The rows kept."""
        return self._kept[: min(self.seen, self.capacity)]

    @property
    def complete(self) -> bool:
        """Whether every row offered is kept."""
        return self.seen <= self.capacity
