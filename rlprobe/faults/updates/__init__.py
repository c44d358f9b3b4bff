"""Faults that show directly in the losses and updates of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.updates import (
    entropy_bonus_sign,
    gradients_accumulate,
    largest_value_trained,
    log_prob_not_summed,
    parameters_not_optimised,
    ratio_wrong,
    squash_correction_scaled,
    target_shares_weights,
    target_update_reversed,
    td_error_clipped,
    value_clip,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

INFERRED: Final[tuple[Fault, ...]] = (parameters_not_optimised.FAULT,)
"""Those that show in what is learned as well."""
FAULTS: Final[tuple[Fault, ...]] = (
    gradients_accumulate.FAULT,
    target_update_reversed.FAULT,
    target_shares_weights.FAULT,
    largest_value_trained.FAULT,
    td_error_clipped.FAULT,
    value_clip.FAULT,
    entropy_bonus_sign.FAULT,
    ratio_wrong.FAULT,
    log_prob_not_summed.FAULT,
    squash_correction_scaled.FAULT,
)
