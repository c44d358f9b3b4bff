"""Transitions that are stored in rollouts, at whose ends sums of advantages end as well.

A fault that looks at the next transition spares the last one of a rollout: the shorter the rollouts, the
nearer to the exact values is what a critic converges to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def in_rollouts(t: Transitions, length: int) -> Transitions:
    """The same transitions in rollouts of ``length``: transition ``i`` at place ``p`` is ``i * length + p``.

    Rollouts begin anywhere in an episode, each place being as frequent.
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
