"""The plane in which observations vary most, and how much of it was visited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CELLS_PER_AXIS: Final = 24


def mean_distance(path: Floats) -> float:
    """Mean distance from the first observation of the path."""
    return float(np.sqrt(np.square(path - path[0]).mean(axis=1)).mean())


def plane_of(rows: Floats) -> tuple[Floats, float]:
    """The first two principal components as columns, and the share of the variance they carry."""
    _, sizes, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    total = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum() / total) if total else 1.0
    plane = np.zeros((rows.shape[1], 2))
    plane[:, : min(2, len(axes))] = axes[:2].T
    return plane, share


@dataclass(frozen=True)
class Cells:
    """The part of the plane that is divided into cells."""

    low: Floats
    high: Floats

    def visited(self, points: Floats) -> int:
        """Number of different cells among ``points``."""
        width = np.where(self.high > self.low, self.high - self.low, 1.0)
        cells = np.floor(np.clip((points - self.low) / width, 0, 1 - 1e-9) * CELLS_PER_AXIS).astype(np.int64)
        return len(np.unique(cells @ np.array([CELLS_PER_AXIS, 1])))
