"""One array of a space: its path, how its elements share statistics, and its batches as rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Leaf:
    """One array: where it sits, its shape, and how its elements share statistics.

    Args:
        path: keys and positions that lead to it, e.g. ``("arm", "0")``; empty for a plain array.
        shape: shape of one sample.
        dtype: name of the declared dtype.
        pooled: axes whose elements share one statistic (height and width of an image); empty for none.
        low: declared lower bounds, flat, or a single one if all are the same.
        high: declared upper bounds, likewise.
        names: a name for each component, if the user gave them.
    """

    path: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    dtype: str = "float64"
    pooled: tuple[int, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The path as text, e.g. ``arm/0``; ``observation`` for a plain array."""
        return "/".join(self.path) or "observation"

    @cached_property
    def stat_shape(self) -> tuple[int, ...]:
        """Shape of the statistics: the axes that are not pooled."""
        return tuple(n for axis, n in enumerate(self.shape) if axis not in self.pooled)

    @cached_property
    def stat_size(self) -> int:
        """Number of statistics."""
        return int(np.prod(self.stat_shape, dtype=np.int64))

    @cached_property
    def per_sample(self) -> int:
        """Number of elements of one sample that go into each statistic."""
        return int(np.prod([self.shape[axis] for axis in self.pooled], dtype=np.int64))

    @cached_property
    def run(self) -> int:
        """How many neighbouring elements share each statistic, if all that do are neighbours; else 1."""
        first = len(self.shape) - len(self.pooled)
        return self.per_sample if self.pooled == tuple(range(first, len(self.shape))) else 1

    def component(self, flat: int) -> str:
        """Name of the element at flat position ``flat``, e.g. ``arm/0[3]`` or ``arm/0[velocity]``."""
        index = ", ".join(str(int(i)) for i in np.unravel_index(flat, self.shape)) if self.shape else ""
        inside = self.names[flat] if self.names and not self.pooled else index
        return f"{self.label}[{inside}]" if inside else self.label


def as_array(values: Any) -> npt.NDArray[Any]:
    """``values`` as a NumPy array; torch tensors are detached and brought to the CPU first."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values)


def as_rows(leaf: Leaf, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``batch``, shape ``(n, *leaf.shape)``, as rows of statistics; pooled axes become further rows.

    Raises:
        ValueError: another shape.
    """
    if batch.shape[1:] != leaf.shape or batch.ndim == 0:
        raise ValueError(f"expected {leaf.label!r} as a batch of shape (n, *{leaf.shape}), got {batch.shape}")
    if leaf.pooled:
        last = tuple(range(1, len(leaf.pooled) + 1))
        batch = np.moveaxis(batch, tuple(axis + 1 for axis in leaf.pooled), last)
    return batch.reshape(-1, leaf.stat_size)


def from_rows(leaf: Leaf, rows: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    """The inverse of ``as_rows``."""
    if not leaf.pooled:
        return rows.reshape(n, *leaf.shape)
    apart = rows.reshape(n, *(leaf.shape[axis] for axis in leaf.pooled), *leaf.stat_shape)
    first = tuple(range(1, len(leaf.pooled) + 1))
    return np.ascontiguousarray(np.moveaxis(apart, first, tuple(axis + 1 for axis in leaf.pooled)))
