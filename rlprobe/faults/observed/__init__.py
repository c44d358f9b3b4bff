"""Faults that show directly in the actions and values of an agent, whatever it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.observed import (
    action_never_tried,
    acts_with_target_network,
    clipped_action_log_prob,
    discrete_start_ignored,
    evaluation_differs,
    evaluation_explores,
    noise_shared,
    normaliser_updates_at_evaluation,
    recurrent_state_leak,
    ring_buffer,
    shared_seed,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    normaliser_updates_at_evaluation.FAULT,
    shared_seed.FAULT,
    clipped_action_log_prob.FAULT,
    evaluation_differs.FAULT,
    evaluation_explores.FAULT,
    action_never_tried.FAULT,
    discrete_start_ignored.FAULT,
    noise_shared.FAULT,
    acts_with_target_network.FAULT,
    ring_buffer.FAULT,
    recurrent_state_leak.FAULT,
)
