"""Faults in rollout and replay buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.storage import (
    arrays_shuffled_apart,
    autoreset_row_stored,
    last_step_dropped,
    observation_aliased,
    observation_kept_after_reset,
    observation_not_advanced,
    per_bias,
    time_env_axes_mixed,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    time_env_axes_mixed.FAULT,
    arrays_shuffled_apart.FAULT,
    observation_aliased.FAULT,
    last_step_dropped.FAULT,
    per_bias.FAULT,
    autoreset_row_stored.FAULT,
    observation_kept_after_reset.FAULT,
    observation_not_advanced.FAULT,
)
