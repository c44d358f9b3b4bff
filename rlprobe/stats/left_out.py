"""Moments of samples with values left out, so that each component has a count of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.stats.nonfinite import LARGEST

if TYPE_CHECKING:
    from rlprobe.stats.moments import Floats, Moments


def add_finite(moments: Moments, rows: Floats) -> None:
    """Count the finite values of ``rows``, shape ``(n, size)``, only."""
    valid = np.abs(rows) < LARGEST
    n = valid.sum(axis=0).astype(np.float64)
    first = np.take_along_axis(rows, valid.argmax(axis=0)[None], axis=0)[0]
    centre = np.where(n > 0, first, 0.0)
    shifted = np.where(valid, rows, centre) - centre
    mean = shifted.sum(axis=0) / np.maximum(n, 1.0)
    deviation = np.where(valid, shifted - mean, 0.0)
    join_counts(moments, centre, mean, (deviation * deviation).sum(axis=0), n)
    moments.count += len(rows)


def join_counts(moments: Moments, centre: Floats, mean: Floats, m2: Floats, n: Floats) -> None:
    """``Moments.join`` with a number of samples per component; ``count`` is left as it is."""
    moments.epoch += 1
    old = np.full(moments.size, float(moments.count)) if moments.counts is None else moments.counts
    moments.centre = np.where(old > 0, moments.centre, centre)
    total = np.maximum(old + n, 1.0)
    delta = np.where(n > 0, (mean - moments.offset) + (centre - moments.centre), 0.0)
    moments.offset = moments.offset + delta * (n / total)
    moments.m2 = moments.m2 + (m2 + delta * delta * (old * n / total))
    moments.counts = old + n
