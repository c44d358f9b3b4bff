"""Faults in which a wrapper is missing or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.wrappers import (
    frame_skip_missing,
    frame_skip_rewards,
    frame_skip_stale_end,
    observations_not_normalised,
    rewards_not_scaled,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    observations_not_normalised.FAULT,
    rewards_not_scaled.FAULT,
    frame_skip_missing.FAULT,
    frame_skip_rewards.FAULT,
    frame_skip_stale_end.FAULT,
)
