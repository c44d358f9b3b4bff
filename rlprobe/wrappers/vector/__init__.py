"""The wrappers for vector environments: the same names and the same arithmetic."""

from __future__ import annotations

from rlprobe.wrappers.vector.frame_skip import FrameSkip
from rlprobe.wrappers.vector.normalize_all import NormalizeAll
from rlprobe.wrappers.vector.potential_shaping import PotentialShaping
from rlprobe.wrappers.vector.reward_scale import RewardScale

__all__ = ["FrameSkip", "NormalizeAll", "PotentialShaping", "RewardScale"]
