"""Running statistics of nested arrays with a leading batch axis."""

from __future__ import annotations

from rlprobe.stats.layout import Layout
from rlprobe.stats.leaf import Leaf
from rlprobe.stats.moments import Moments
from rlprobe.stats.quantiles import Histogram
from rlprobe.stats.running import (
    LayoutError,
    NonFiniteError,
    RunningStats,
    StatsFileError,
)
from rlprobe.stats.takeover import take_over

__all__ = [
    "Histogram",
    "Layout",
    "LayoutError",
    "Leaf",
    "Moments",
    "NonFiniteError",
    "RunningStats",
    "StatsFileError",
    "take_over",
]
