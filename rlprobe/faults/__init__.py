"""The fault catalogue: one fault per file, and one tuple that lists them all."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from rlprobe.faults import (
    action_not_rescaled,
    advantage_normalised_to_zero,
    autoreset_row_stored,
    discount_exponent,
    done_one_early,
    done_one_late,
    epsilon_schedule,
    frame_skip_missing,
    frame_skip_rewards,
    frame_skip_stale_end,
    gae_not_cut,
    loss_broadcast,
    next_observation_is_observation,
    no_discount,
    observation_ignored,
    observations_not_normalised,
    reward_cast_to_int,
    reward_clipped,
    reward_lag,
    reward_rescaled,
    reward_shifted,
    rewards_not_scaled,
    sign_flipped,
    target_never_synced,
    terminated_and_truncated_bootstraps,
    termination_ignored,
    truncation_as_termination,
    truncation_bootstraps_reset_observation,
    truncation_bootstraps_same_observation,
    value_target_is_prediction,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.fault import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    no_discount.FAULT,
    discount_exponent.FAULT,
    truncation_as_termination.FAULT,
    termination_ignored.FAULT,
    done_one_early.FAULT,
    done_one_late.FAULT,
    gae_not_cut.FAULT,
    truncation_bootstraps_reset_observation.FAULT,
    truncation_bootstraps_same_observation.FAULT,
    terminated_and_truncated_bootstraps.FAULT,
    observation_ignored.FAULT,
    loss_broadcast.FAULT,
    reward_clipped.FAULT,
    reward_shifted.FAULT,
    reward_cast_to_int.FAULT,
    reward_lag.FAULT,
    sign_flipped.FAULT,
    advantage_normalised_to_zero.FAULT,
    autoreset_row_stored.FAULT,
    next_observation_is_observation.FAULT,
    target_never_synced.FAULT,
    value_target_is_prediction.FAULT,
    action_not_rescaled.FAULT,
    epsilon_schedule.FAULT,
    reward_rescaled.FAULT,
)
WRAPPER_FAULTS: Final[tuple[Fault, ...]] = (
    observations_not_normalised.FAULT,
    rewards_not_scaled.FAULT,
    frame_skip_missing.FAULT,
    frame_skip_rewards.FAULT,
    frame_skip_stale_end.FAULT,
)
"""What stands between environment and agent, or does not; shows on the probes of wrappers only."""
_BY_ID = {fault.id: fault for fault in (*FAULTS, *WRAPPER_FAULTS)}


def candidates(probes: Iterable[str]) -> tuple[Fault, ...]:
    """The faults that may show on the given probes, by name.

    >>> len(candidates(["Decoder"])) == len(FAULTS)
    True
    >>> candidates(["Decoder", "ScaledReward"])[-1].id
    'rewards-not-scaled'
    """
    names = frozenset(probes)
    shown = [one for one in WRAPPER_FAULTS if any(form.only_on & names for form in one.forms)]
    return (*FAULTS, *shown)


class UnknownFaultError(KeyError):
    """No fault has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


def fault(name: str) -> Fault:
    """The fault with the given id.

    Raises:
        UnknownFaultError: there is none; the message gives the nearest ids.
    """
    if name in _BY_ID:
        return _BY_ID[name]
    near = get_close_matches(name, _BY_ID, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_BY_ID)}"
    raise UnknownFaultError(f"no fault is called {name!r}: {hint}")
