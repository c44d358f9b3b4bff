"""Faults in how a critic is fitted to right targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.critics import (
    actor_gradient_in_critic,
    bootstrap_target_not_detached,
    distribution_mass_lost,
    larger_of_critics,
    value_target_is_advantage,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    distribution_mass_lost.FAULT,
    bootstrap_target_not_detached.FAULT,
    value_target_is_advantage.FAULT,
    actor_gradient_in_critic.FAULT,
    larger_of_critics.FAULT,
)
