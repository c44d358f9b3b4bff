"""Watch whether all observations of a batch are one and the same, another one from batch to batch."""

from __future__ import annotations

from typing import Any, Final

LEAST_BATCHES = 10
MOST_KEPT = 64
ALIASED: Final = "observation-aliased"


class Aliased:
    """What was seen of batches of observations; a single one with different rows clears an agent."""

    def __init__(self) -> None:
        self._batches, self._differ = 0, False
        self._rows: set[bytes] = set()

    def given(self, batch: Any, size: int) -> None:
        """A network that learns is about to be called with a batch, ``(..., size)``."""
        if self._differ:
            return
        rows = batch.detach().reshape(-1, size)
        self._differ = not bool((rows == rows[0]).all())
        self._batches += 1
        if len(self._rows) < MOST_KEPT:
            self._rows.add(rows[0].cpu().numpy().tobytes())

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if no batch had two different observations, though several were met."""
        if self._differ or self._batches < LEAST_BATCHES or len(self._rows) < 2:
            return {}
        return {
            ALIASED: f"in each of {self._batches} batches all observations were the same, and they differed "
            "from batch to batch: what is stored is one array that changes"
        }
