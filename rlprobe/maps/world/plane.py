"""The plane of a map: which two numbers span it, and the grid of points on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

SMALLEST_GRID: Final = 5


class PlaneError(ValueError):
    """There are no two numbers to draw over; the message says why and what to do."""


@dataclass(frozen=True)
class Plane:
    """Two numbers that span a map, and a grid of points over them.

    Args:
        names: of the two numbers, horizontal first.
        low: lower ends.
        high: upper ends.
        wraps: whether each is periodic, as an angle is.
        shape: points along each of the two; a periodic one has none at its upper end.
        labels: names of single points, for processes with finitely many states.

    Raises:
        PlaneError: an empty range, or too few points.

    >>> plane = Plane(("angle", "velocity"), (-3.0, -8.0), (3.0, 8.0), shape=(7, 5))
    >>> plane.points[0].tolist(), plane.size
    ([-3.0, -8.0], 35)
    """

    names: tuple[str, str]
    low: tuple[float, float]
    high: tuple[float, float]
    wraps: tuple[bool, bool] = (False, False)
    shape: tuple[int, int] = (101, 101)
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.labels:
            return
        for name, low, high, count in zip(self.names, self.low, self.high, self.shape, strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise PlaneError(f"the plane needs a finite range of {name!r}, got {low} to {high}")
            if count < SMALLEST_GRID:
                raise PlaneError(
                    f"grid: expected at least {SMALLEST_GRID} points along {name!r}, got {count}"
                )

    @property
    def size(self) -> int:
        """The number of points."""
        return self.shape[0] * self.shape[1]

    def axis(self, which: int) -> Floats:
        """The values of the grid along one of the two."""
        ends = not self.wraps[which]
        return np.linspace(self.low[which], self.high[which], self.shape[which], endpoint=ends)

    @cached_property
    def points(self) -> Floats:
        """``(size, 2)`` all points; the second number varies fastest."""
        return np.stack(np.meshgrid(self.axis(0), self.axis(1), indexing="ij"), axis=-1).reshape(-1, 2)

    def corners(self, points: Floats) -> tuple[Integers, Floats]:
        """The four grid points around each of ``(n, 2)`` points, ``(n, 4)``, and their bilinear weights.

        Points outside the ranges count as at the edge; periodic numbers wrap around.
        """
        places, shares = [], []
        for which in range(2):
            low, high, count = self.low[which], self.high[which], self.shape[which]
            wraps = self.wraps[which]
            position = (points[:, which] - low) / (high - low) * (count if wraps else count - 1)
            if wraps:
                position = position % count
                below = np.minimum(position.astype(np.int64), count - 1)
                places.append((below, (below + 1) % count))
            else:
                position = np.clip(position, 0.0, count - 1.0)
                below = np.minimum(position.astype(np.int64), count - 2)
                places.append((below, below + 1))
            shares.append(position - below)
        (x0, x1), (y0, y1) = places
        sx, sy = shares
        columns = self.shape[1]
        index = np.stack([x0 * columns + y0, x0 * columns + y1, x1 * columns + y0, x1 * columns + y1], axis=1)
        weight = np.stack([(1 - sx) * (1 - sy), (1 - sx) * sy, sx * (1 - sy), sx * sy], axis=1)
        return index, weight

    def interpolate(self, values: Floats, points: Floats) -> Floats:
        """``values`` of the grid, ``(size, ...)``, at ``(n, 2)`` points."""
        index, weight = self.corners(points)
        return np.asarray(np.einsum("nk,nk...->n...", weight, values[index]))

    def nearest(self, points: Floats) -> Integers:
        """The number of the nearest grid point of each of ``(n, 2)`` points."""
        index, weight = self.corners(points)
        return np.asarray(index[np.arange(len(index)), weight.argmax(axis=1)])
