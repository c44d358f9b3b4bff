"""Faults at the end of an episode: terminated, truncated and reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.ends import (
    done_mask_inverted,
    done_one_early,
    done_one_late,
    gae_not_cut,
    stale_last_value,
    terminal_reward_dropped,
    terminated_and_truncated_bootstraps,
    termination_ignored,
    truncation_as_termination,
    truncation_bootstraps_reset_observation,
    truncation_bootstraps_same_observation,
    truncation_bootstraps_twice,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    truncation_as_termination.FAULT,
    termination_ignored.FAULT,
    done_mask_inverted.FAULT,
    done_one_early.FAULT,
    done_one_late.FAULT,
    gae_not_cut.FAULT,
    stale_last_value.FAULT,
    truncation_bootstraps_reset_observation.FAULT,
    truncation_bootstraps_same_observation.FAULT,
    terminated_and_truncated_bootstraps.FAULT,
    truncation_bootstraps_twice.FAULT,
    terminal_reward_dropped.FAULT,
)
