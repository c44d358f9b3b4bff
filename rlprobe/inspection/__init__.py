"""Is an environment ready to learn from? ``inspect`` plays it at random and reports what to fix."""

from __future__ import annotations

from rlprobe.inspection.flag import Flag
from rlprobe.inspection.playing.replay import replay
from rlprobe.inspection.report.inspection import Inspection
from rlprobe.inspection.run import inspect

__all__ = ["Flag", "Inspection", "inspect", "replay"]
