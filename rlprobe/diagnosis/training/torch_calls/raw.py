"""Watch whether networks get observations as they are where values are asked for, and there only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LEARNING, MOST_ASKED = 400, 40
"""Calls of networks that are looked at."""
LEAST_LEARNING, LEAST_ASKED = 50, 5
DIFFERS: Final = "evaluation-differs"


class Raw:
    """What was seen of the observations that a network gets, beside those of the environment."""

    def __init__(self) -> None:
        self._learning = self._asked = 0
        self._as_they_are = False
        self._all_raw = True

    def given(self, rows: Any, shown: NDArray[Any], *, asked: bool) -> None:
        """A network is about to be called.

        Args:
            rows: what it is given, ``(..., k)``.
            shown: ``(n, k)``: the observations of the environment.
            asked: whether it is asked for values or actions; else it learns.
        """
        known = self._asked >= MOST_ASKED if asked else self._learning >= MOST_LEARNING
        if known or self._as_they_are or not self._all_raw:
            return
        table = rows.detach().reshape(-1, 1, shown.shape[1]).cpu().numpy()
        same = np.isclose(table, shown[None], rtol=1e-6, atol=0.0).all(axis=-1).any(axis=-1)
        if asked:
            self._asked += 1
            self._all_raw = bool(same.all())
        else:
            self._learning += 1
            self._as_they_are = bool(same.any())

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if observations are changed before a network learns from them, and only then."""
        if self._as_they_are or not self._all_raw:
            return {}
        if self._learning < LEAST_LEARNING or self._asked < LEAST_ASKED:
            return {}
        return {
            DIFFERS: f"in {self._learning} calls while it learned, its network never got an observation of "
            "the environment as it is, and in all calls of value() or act() it did: what is done to "
            "observations in training, such as normalisation, is missing there"
        }
