"""Observations as a script changes them before its networks see them, such as by statistics of its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.networks.rows import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.stage import Stage

ACTED_ON_SHARE = 0.5
"""At least this share of a batch of next observations was acted on, if episodes have two steps or more."""
MOST_KNOWN = 50_000
FINGERPRINT_SIZE = 2_048


class ActedOn:
    """The rows that networks were given to act on, each with the observation it stands for."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._width = 0
        self.needed = False
        """Whether a network was given something else than observations as they are."""

    def keep(self, given: Any, stages: Sequence[Stage]) -> None:
        """Keep what the script has made of the latest observations."""
        if len(self._numbers) > MOST_KNOWN:
            return
        rows = given.detach().to("cpu").float().reshape(len(stages), -1).numpy()
        self._width = rows.shape[1]
        for stage, row in zip(stages, rows, strict=True):
            self._numbers.setdefault(_key(row), stage.now)

    def numbers(self, given: Any) -> NDArray[np.int64] | None:
        """The observations in the rows of a batch, -1 for rows that are not known; None if most are not."""
        width, count = self._width, len(given) if given.ndim else 0
        pictures = given.ndim > 2 and given.numel() == count * width
        if not width or given.is_complex() or not (pictures or given.shape[-1:] == (width,)):
            return None
        rows = given.detach().to("cpu").float().reshape(-1, width).numpy()
        if len(rows) > MOST_ROWS:
            return None
        numbers = np.array([self._numbers.get(_key(row), -1) for row in rows])
        return numbers if (numbers >= 0).mean() >= ACTED_ON_SHARE else None


def _key(row: NDArray[np.float32]) -> bytes:
    """A fingerprint: the sum of its numbers, and as many of them as tell one picture from another."""
    some = np.ascontiguousarray(row[:: max(1, row.size // FINGERPRINT_SIZE)])
    return hashlib.blake2b(some.data, digest_size=16).digest() + bytes(row.sum(dtype=np.float64).data)


def acting_stages(shape: Sequence[int], stages: Sequence[Stage], latest: Stage | None) -> Sequence[Stage]:
    """The environments whose latest observations a network seems to be given; empty if there are none.

    Args:
        shape: the shape of what it is given.
        stages: all environments; some may be for evaluation.
        latest: the one that has shown an observation last.
    """
    count, one = len(stages), np.ndim(stages[0].looks[0])
    if (len(shape) > 1 and shape[0] == count) or (len(shape) == 3 and list(shape[:2]) == [1, count]):
        return stages
    alone = len(shape) == one or (len(shape) == one + 1 and shape[0] == 1)
    return [latest or stages[0]] if alone or (count == 1 and len(shape) == 1) else []
