"""Watch whether all observations of a batch are one and the same, another one from batch to batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_BATCHES = 10
ALIASED: Final = "observation-aliased"


class Aliased:
    """What was seen of batches of observations; a single one with different rows clears an agent.

    So does one with something else than an observation of the environment: a running normaliser makes other
    numbers of the same observation from batch to batch.
    """

    def __init__(self) -> None:
        self._batches, self._differ = 0, False
        self._met: set[int] = set()

    def given(self, batch: Any, shown: NDArray[Any]) -> None:
        """A network that learns is about to be called.

        Args:
            batch: what it is given, ``(..., k)``.
            shown: ``(n, k)``: the observations of the environment.
        """
        if self._differ:
            return
        rows = batch.detach().reshape(-1, shown.shape[1])
        first = rows[0].cpu().numpy()
        found = np.flatnonzero(np.isclose(shown, first, rtol=1e-6, atol=0.0).all(axis=1))
        self._differ = not len(found) or not bool((rows == rows[0]).all())
        self._batches += 1
        self._met.update(found[:1].tolist())

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if no batch had two different observations, though several were met."""
        if self._differ or self._batches < LEAST_BATCHES or len(self._met) < 2:
            return {}
        return {
            ALIASED: f"in each of {self._batches} batches all observations were the same, and they differed "
            "from batch to batch: what is stored is one array that changes"
        }
