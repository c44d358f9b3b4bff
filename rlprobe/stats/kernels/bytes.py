"""Pictures of bytes with one statistic per channel: exact sums, because bytes are small integers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.sums import State, pooled

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats

EXACT_BYTES: Final = 256
"""The squares of this many bytes sum to less than 2**24, so the sum is exact in float32."""


class Channels:
    """Counts batches of pictures, whose height and width are neighbouring axes, and standardises them.

    Args:
        leaf: the pictures.
        moments: one component per channel, and per further axis.
    """

    def __init__(self, leaf: Leaf, moments: Moments) -> None:
        self.moments = moments
        height, width = leaf.pooled
        self.before = prod(leaf.shape[:height])  # channels that come first, and those that come last
        self.after = prod(leaf.shape[width + 1 :])
        self.height, self.width = leaf.shape[height], leaf.shape[width]

    def as_floats(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """``batch`` in float32, of shape (n, channels before, height, width * channels after)."""
        shape = (len(batch), self.before, self.height, self.width * self.after)
        return batch.astype(np.float32, "C").reshape(shape)

    def count(self, values: npt.NDArray[np.float32]) -> None:
        """Count the bytes in ``values``, as ``as_floats`` returns them."""
        moments = self.moments
        n = values.size // moments.size
        s1, s2 = (self._sums(part) for part in (values, values * values))
        batch = State(n, None, np.zeros(moments.size), np.stack([s1, s2]))
        if moments.takes(n):
            np.add(moments.sums, batch.about(moments.centre), moments.spare)
            moments.accept(moments.count + n)
        else:
            moments.restore(pooled(moments.state, batch.centred()))

    def _sums(self, values: npt.NDArray[np.float32]) -> Floats:
        """Sum of each channel, exact."""
        total = np.zeros(self.moments.size)
        for start in range(0, self.height, EXACT_BYTES):
            part = values[:, :, start : start + EXACT_BYTES]
            ones = np.ones((1, part.shape[2]), dtype=np.float32)
            columns = (ones @ part).reshape(-1, self.before, self.width, self.after)
            total += columns.sum(axis=(0, 2), dtype=np.float64).reshape(-1)
        return total

    def standardise(self, values: npt.NDArray[Any], mean: Floats, inverse: Floats) -> None:
        """``(values - mean) * inverse`` in place."""
        values *= self._per_column(inverse)
        values -= self._per_column(mean * inverse)

    def _per_column(self, row: Floats) -> npt.NDArray[np.float32]:
        by_channel = row.astype(np.float32).reshape(self.before, 1, self.after)
        return np.repeat(by_channel, self.width, axis=1).reshape(self.before, 1, -1)
