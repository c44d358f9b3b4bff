"""Faults in which the critic is fitted to wrong targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.targets import (
    discount_exponent,
    loss_broadcast,
    next_observation_is_observation,
    no_bootstrap,
    no_discount,
    observation_ignored,
    sign_flipped,
    target_actor_never_updated,
    target_never_synced,
    value_target_is_prediction,
    wrong_max,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    no_discount.FAULT,
    discount_exponent.FAULT,
    observation_ignored.FAULT,
    loss_broadcast.FAULT,
    sign_flipped.FAULT,
    next_observation_is_observation.FAULT,
    target_never_synced.FAULT,
    no_bootstrap.FAULT,
    wrong_max.FAULT,
    target_actor_never_updated.FAULT,
    value_target_is_prediction.FAULT,
)
