"""Batches of one array as rows of its statistics, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.layout import Leaf


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
