"""Faults in how a network is built and used, seen in what it answers and in the losses of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.networks import (
    acting_network_never_updated,
    critic_output_limited,
    dueling_axis,
    recurrent_state_not_kept,
    softmax_over_batch,
    softmax_twice,
    wrong_network_mode,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    wrong_network_mode.FAULT,
    dueling_axis.FAULT,
    critic_output_limited.FAULT,
    softmax_twice.FAULT,
    softmax_over_batch.FAULT,
    acting_network_never_updated.FAULT,
    recurrent_state_not_kept.FAULT,
)
