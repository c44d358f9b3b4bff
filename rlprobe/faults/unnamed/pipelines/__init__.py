"""Faults on the way from the environment to the agent, and in what is logged, that no learned value shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.unnamed.pipelines import (
    colour_lost,
    episode_statistics,
    final_observation_unprocessed,
    frame_stack,
    image_axes,
    reported_metric_wrong,
    reward_scaler_accumulator,
    running_statistics_wrong,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    image_axes.FAULT,
    colour_lost.FAULT,
    frame_stack.FAULT,
    final_observation_unprocessed.FAULT,
    running_statistics_wrong.FAULT,
    reward_scaler_accumulator.FAULT,
    episode_statistics.FAULT,
    reported_metric_wrong.FAULT,
)
