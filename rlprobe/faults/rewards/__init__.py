"""Faults that change rewards before the agent learns from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.rewards import (
    reward_cast_to_int,
    reward_clipped,
    reward_lag,
    reward_rescaled,
    reward_shifted,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    reward_clipped.FAULT,
    reward_shifted.FAULT,
    reward_cast_to_int.FAULT,
    reward_lag.FAULT,
    reward_rescaled.FAULT,
)
