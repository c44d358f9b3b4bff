"""Random play as video."""

from __future__ import annotations

from rlprobe.output.video import RecordingError
from rlprobe.recorder.record_random import EnvironmentCrashedError, record_random
from rlprobe.recorder.recording import Recording

__all__ = ["EnvironmentCrashedError", "Recording", "RecordingError", "record_random"]
