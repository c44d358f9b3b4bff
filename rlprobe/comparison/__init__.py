"""Is the difference between two groups of training runs real? Readers of logs, statistics, and a verdict."""

from rlprobe.comparison.compare import compare
from rlprobe.comparison.report.comparison import Comparison

__all__ = ["Comparison", "compare"]
