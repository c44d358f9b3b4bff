"""Statistics of picture observations: per channel and per pixel, in one pass and fixed memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.inspection.measures.bins import Histograms

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.inspection.measures.columns import Part
    from rlprobe.inspection.place import Place

    Floats = npt.NDArray[np.float64]

PIXELS_PER_STEP = 8192


class PictureStats:
    """Running statistics of one picture leaf.

    Every ``every``-th observation is counted, so that large pictures do not slow the play down.

    Args:
        part: the leaf.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.every = int(np.clip(part.size // PIXELS_PER_STEP, 1, 16))
        self.count = self.bad = 0
        self.bad_place: Place | None = None
        self.bad_value = 0.0
        self._axes = (part.picture.spatial if part.picture else ()) or (0,)
        channels = [n for axis, n in enumerate(part.shape) if axis not in self._axes]
        self.channels = int(np.prod(channels, dtype=np.int64)) if channels else 1
        self._sum, self._squares = np.zeros(part.shape), np.zeros(part.shape)
        self.low, self.high = np.full(part.shape, np.inf), np.full(part.shape, -np.inf)
        self.bytes = np.zeros((self.channels, 256), dtype=np.int64)
        self.histograms = Histograms(self.channels)
        self._offset = (np.arange(self.channels) * 256)[None]

    def add(self, picture: npt.NDArray[Any], place: Place) -> None:
        """Count one picture, which was seen at ``place``."""
        self.count += 1
        values = picture.astype(np.float64)
        if picture.dtype != np.uint8 and not np.isfinite(values).all():
            self.bad += 1
            if self.bad_place is None:
                self.bad_place, self.bad_value = place, float(values[~np.isfinite(values)][0])
            values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        self._sum += values
        self._squares += values * values
        np.minimum(self.low, values, out=self.low)
        np.maximum(self.high, values, out=self.high)
        rows = np.moveaxis(picture, self._axes, tuple(range(len(self._axes)))).reshape(-1, self.channels)
        if picture.dtype == np.uint8:
            numbers = np.bincount((rows + self._offset).ravel(), minlength=self.bytes.size)
            self.bytes += numbers.reshape(self.bytes.shape)
        else:
            self.histograms.add(rows.astype(np.float64))

    @property
    def kind(self) -> str:
        """What it was taken for."""
        return self.part.picture.kind if self.part.picture else "numbers"

    @property
    def different(self) -> int:
        """Number of different values, of bytes; 0 where that is not known."""
        return int((self.bytes.sum(axis=0) > 0).sum())

    @property
    def mean(self) -> Floats:
        """Mean of each pixel."""
        return self._sum / max(self.count, 1)

    @property
    def std(self) -> Floats:
        """Standard deviation of each pixel."""
        return np.sqrt(np.maximum(self._squares / max(self.count, 1) - self.mean**2, 0.0))

    def by_channel(self, values: Floats) -> Floats:
        """``values`` of the pixels averaged over height and width: one per channel."""
        return np.asarray(values.mean(axis=self._axes)).reshape(-1)

    def as_pictures(self, values: Floats) -> list[Floats]:
        """``values`` as one array (height, width) per channel."""
        rows = np.moveaxis(values, self._axes, tuple(range(len(self._axes))))
        if len(self._axes) == 1:
            return [rows.reshape(1, -1)]
        flat = rows.reshape(*rows.shape[:2], -1)
        return [flat[:, :, c] for c in range(flat.shape[2])]
