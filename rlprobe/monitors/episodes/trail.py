"""When observations were visited, so that they are known again in the batches that are learned from."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.copies import SMALL

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 8_192


class Trail:
    """The environment step at which observations were visited, for an even sample of them in fixed memory.

    >>> trail = Trail()
    >>> trail.visit(np.array([0.5, 1.0]), 10)
    >>> trail.ages(np.array([[0.5, 1.0], [7.0, 7.0]]), 30)
    [20]
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._steps: dict[bytes, int] = {}
        self._mask = 0

    def visit(self, observation: Any, step: int) -> None:
        """Note an observation; dicts, tuples and large ones are left out."""
        if type(observation) is not np.ndarray or observation.size > SMALL:
            return
        key = observation.astype(np.float32, copy=False).tobytes()
        if zlib.crc32(key) & self._mask:
            return
        self._steps[key] = step
        if len(self._steps) > self.most:
            self._mask = 2 * self._mask + 1
            self._steps = {k: s for k, s in self._steps.items() if not zlib.crc32(k) & self._mask}

    def ages(self, batch: Iterable[Any], step: int) -> list[int]:
        """Steps since the rows of a batch were visited, of those that are known."""
        found = (self._steps.get(np.asarray(row, np.float32).tobytes()) for row in batch)
        return [step - at for at in found if at is not None]
