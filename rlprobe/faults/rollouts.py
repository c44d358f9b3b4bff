"""Transitions in rollouts: the sum of advantages ends with each rollout.

A fault that reads the next transition leaves the last one of a rollout correct. So the shorter the rollouts,
the closer the critic gets to the exact values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def in_rollouts(t: Transitions, length: int) -> Transitions:
    """The same transitions in rollouts of ``length``: transition ``i`` at place ``p`` is ``i * length + p``.

    Rollouts begin anywhere in an episode; all places are equally frequent.
    """
    place = np.arange(length)
    return t.successions(
        np.repeat(np.arange(len(t.current)), length),
        observation=np.repeat(t.observation, length),
        weight=np.repeat(t.weight, length) / length,
        is_reset=np.repeat(t.is_reset, length),
        current=(t.current[:, None] * length + place).ravel(),
        following=(t.following[:, None] * length + (place + 1) % length).ravel(),
        ends_rollout=np.tile(place == length - 1, len(t.current)),
    )
