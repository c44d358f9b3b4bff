"""Random play as video."""

from __future__ import annotations

from rlprobe.recorder.encoder import RecordingError
from rlprobe.recorder.random_policy import EnvironmentCrashedError, record_random
from rlprobe.recorder.recording import Recording

__all__ = ["EnvironmentCrashedError", "Recording", "RecordingError", "record_random"]
