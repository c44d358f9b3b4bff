"""Statistics of several streams as one, and the part of a stream that came after a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.stats.left_out import join_counts

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments


def merge(mine: Moments, other: Moments) -> None:
    """Count everything ``other`` has counted in ``mine``, as if one worker had seen both streams."""
    mine.check_shape(other)
    mine.use_arrays()
    other.use_arrays()
    if other.count == 0:
        return
    if mine.counts is None and other.counts is None:
        mine.join(other.centre, other.offset.copy(), other.m2.copy(), other.count)
        return
    n = other.component_counts.reshape(-1).astype(np.float64)
    join_counts(mine, other.centre, other.offset, other.m2, n)
    mine.count += other.count


def delta(now: Moments, snapshot: Moments) -> Moments:
    """The moments of what was counted after ``snapshot``, an earlier copy of ``now``.

    Raises:
        ValueError: ``snapshot`` has counted more than ``now``, so it is not an earlier state of it.
    """
    now.check_shape(snapshot)
    new, old = now.component_counts.reshape(-1), snapshot.component_counts.reshape(-1)
    if snapshot.count > now.count or (old > new).any():
        raise ValueError(
            f"expected an earlier copy of these statistics, but it has counted {snapshot.count} samples "
            "and "
            f"this has {now.count}: take the snapshot with copy() before the work whose share is asked"
        )
    share = now.copy()
    share.epoch = 0
    if snapshot.count == 0:
        return share
    snapshot.use_arrays()
    n = (new - old).astype(np.float64)
    earlier = snapshot.offset + (snapshot.centre - now.centre)
    difference = (share.offset - earlier) * (new / np.maximum(n, 1.0))
    loss = difference * difference * (old * n / np.maximum(new, 1))
    share.count = now.count - snapshot.count
    share.counts = None if (n == share.count).all() else n
    share.m2 = np.where(n > 1, np.maximum(share.m2 - snapshot.m2 - loss, 0.0), 0.0)
    share.offset = np.where(n > 0, earlier + difference, 0.0)
    return share
