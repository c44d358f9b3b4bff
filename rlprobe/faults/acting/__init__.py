"""Faults of the policy and of exploration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.acting import (
    action_not_rescaled,
    advantage_normalised_to_zero,
    advantage_std_nan,
    cem_elites,
    epsilon_schedule,
    scalar_action_bounds,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    advantage_normalised_to_zero.FAULT,
    advantage_std_nan.FAULT,
    action_not_rescaled.FAULT,
    epsilon_schedule.FAULT,
    scalar_action_bounds.FAULT,
)
OF_POPULATIONS: Final[tuple[Fault, ...]] = (cem_elites.FAULT,)
