"""Faults of targets and losses that no learned value shows, or not in a few runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.unnamed.learning import (
    action_scale_jacobian,
    double_dqn_is_plain,
    entropy_miscomputed,
    her_relabel,
    mask_not_in_target,
    robust_loss_biases_mean,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    action_scale_jacobian.FAULT,
    double_dqn_is_plain.FAULT,
    entropy_miscomputed.FAULT,
    her_relabel.FAULT,
    mask_not_in_target.FAULT,
    robust_loss_biases_mean.FAULT,
)
