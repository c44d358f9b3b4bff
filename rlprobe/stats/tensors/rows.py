"""Batches of one tensor as rows of its statistics, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.stats.leaf import Leaf


def tensor_rows(leaf: Leaf, batch: Any) -> Any:
    """``as_rows`` of a torch tensor."""
    if leaf.pooled:
        last = tuple(range(1, len(leaf.pooled) + 1))
        batch = batch.movedim(tuple(axis + 1 for axis in leaf.pooled), last)
    return batch.reshape(-1, leaf.stat_size)


def tensor_from_rows(leaf: Leaf, rows: Any, n: int) -> Any:
    """The inverse of ``tensor_rows``."""
    if not leaf.pooled:
        return rows.reshape(n, *leaf.shape)
    apart = rows.reshape(n, *(leaf.shape[axis] for axis in leaf.pooled), *leaf.stat_shape)
    first = tuple(range(1, len(leaf.pooled) + 1))
    return apart.movedim(first, tuple(axis + 1 for axis in leaf.pooled)).contiguous()
