"""What simple methods reach on an environment, in a few minutes."""

from rlprobe.baselines.measure import baselines
from rlprobe.baselines.table import Row, Table

__all__ = ["Row", "Table", "baselines"]
