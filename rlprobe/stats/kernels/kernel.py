"""Count samples and standardise them in one pass: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.kernels.bytes import Channels
from rlprobe.stats.kernels.floats import FLOATS_UP_TO, Floats
from rlprobe.stats.kernels.frozen import Float32s, Frozen
from rlprobe.stats.kernels.sample import Sample

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments


class Kernel(Frozen):
    """Counts samples of one array and standardises them; the arguments are those of ``Frozen``.

    The statistics change only after the result is known to be finite.
    """

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        super().__init__(moments, epsilon=epsilon, clip=clip, skip_nonfinite=skip_nonfinite)
        if moments.size <= FLOATS_UP_TO:
            self.count_one = Floats(moments, epsilon, self.limited).counted
        else:
            self.count_one = Sample(moments, epsilon, self.limited, self.bounds).counted
        self.channels: Channels | None = None

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        moments = self.moments
        if moments.count and moments.counts is None and moments.remote is None:
            z = self.count_one(x)
            if z is not None:
                return z
        return self._carefully(x[None]).reshape(-1)

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        n, moments = len(rows), self.moments
        if n < 2:
            return self.one(rows[0])[None] if n else rows.astype(np.float32)
        if moments.count >= n and moments.counts is None and moments.remote is None:
            z = self.batch.counted(rows)
            if z is not None:
                return z
        return self._carefully(rows)

    def pictures(self, leaf: Leaf, batch: npt.NDArray[np.uint8], *, count: bool) -> Float32s:
        """Pictures of bytes, shape ``(n, *leaf.shape)``, standardised by channel, and counted if asked to."""
        if self.channels is None:
            self.channels = Channels(leaf, self.moments)
        z = self.channels.as_floats(batch)
        if count:
            self.channels.count(z)
        self._look()
        self.channels.standardise(z, self.mean, self.inverse)
        z = z.reshape(batch.shape)
        farthest = (np.maximum(self.mean, 255.0 - self.mean) * self.inverse).max()
        return z if farthest <= self.limit else self.limited(z)

    def _carefully(self, rows: npt.NDArray[Any]) -> Float32s:
        """The first samples of all, and those with values that cannot be counted: refused or left out."""
        self.moments.add_rows(rows.astype(np.float64), skip_nonfinite=self.skip_nonfinite)
        return self.frozen_many(rows)
