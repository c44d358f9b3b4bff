"""Faults in which rewards are summed over the wrong steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.returns import (
    discounted_from_start,
    forward_accumulation,
    no_reward_to_go,
    nstep_crosses_episode,
    returns_cross_episodes,
    returns_from_normalised_advantages,
    reward_counted_twice,
    td_error_masked,
    whole_return_every_step,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    whole_return_every_step.FAULT,
    no_reward_to_go.FAULT,
    forward_accumulation.FAULT,
    returns_cross_episodes.FAULT,
    nstep_crosses_episode.FAULT,
    td_error_masked.FAULT,
    discounted_from_start.FAULT,
    returns_from_normalised_advantages.FAULT,
    reward_counted_twice.FAULT,
)
