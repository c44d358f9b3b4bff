"""Wrappers for single environments; ``rlprobe.wrappers.vector`` has the same for vector environments."""

from __future__ import annotations

from rlprobe.wrappers.frame_skip import FrameSkip
from rlprobe.wrappers.normalize_all import NormalizeAll
from rlprobe.wrappers.reward_scale import RewardScale
from rlprobe.wrappers.shaping.potential import PotentialError
from rlprobe.wrappers.shaping.potential_shaping import PotentialShaping

__all__ = ["FrameSkip", "NormalizeAll", "PotentialError", "PotentialShaping", "RewardScale"]
