"""Make a task easier until an agent shows signs of life, then harder again."""

from rlprobe.ladder.climb import climb
from rlprobe.ladder.findings import Climb, RungResult

__all__ = ["Climb", "RungResult", "climb"]
