"""Transitions in rollouts: the sum of advantages ends with each rollout.

A fault that reads the next transition leaves the last one of a rollout correct. So the shorter the rollouts,
the closer the critic gets to the exact values.

If the lengths of episodes and rollouts have a common factor, only some places of a rollout ever hold a given
transition. Which ones depends on the episode that learning began with: the *phase*.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions


def in_rollouts(t: Transitions, length: int, phase: int = 0) -> Transitions:
    """The same transitions in rollouts of ``length``: transition ``i`` at place ``p`` is ``i * length + p``.

    Args:
        t: the transitions.
        length: steps of one environment in a rollout.
        phase: number of the phase, below ``phases(t, length)``.
    """
    place = np.arange(length)
    weight = np.where(_met_by_phase(t, length)[phase], t.weight[:, None], 0.0).ravel()
    return t.successions(
        np.repeat(np.arange(len(t.current)), length),
        observation=np.repeat(t.observation, length),
        weight=weight / weight.sum(),
        is_reset=np.repeat(t.is_reset, length),
        current=(t.current[:, None] * length + place).ravel(),
        following=(t.following[:, None] * length + (place + 1) % length).ravel(),
        ends_rollout=np.tile(place == length - 1, len(t.current)),
    )


def phases(t: Transitions, length: int) -> int:
    """The number of phases that rollouts of ``length`` can have; 1 if the first episode does not matter."""
    return len(_met_by_phase(t, length))


@lru_cache(maxsize=2_000)
def _met_by_phase(t: Transitions, length: int) -> tuple[NDArray[np.bool_], ...]:
    """For each phase ``(T, length)``: which places of a rollout hold each transition."""
    begins = t.is_reset[t.current] | (t.ended & ~t.is_reset[t.following])
    first = np.unique(t.following[begins & (t.probability > 0)])
    return tuple({met.tobytes(): met for met in (_met(t, length, int(i)) for i in first)}.values())


def _met(t: Transitions, length: int, first: int) -> NDArray[np.bool_]:
    """``(T, length)``: which places hold each transition, if the first rollout begins with ``first``."""
    possible = t.probability > 0
    before, after = t.current[possible], t.following[possible]
    met = np.zeros((len(t.observation), length), bool)
    met[first, 0] = True
    for _ in range(met.size):
        more = met.copy()
        np.logical_or.at(more, after, np.roll(met[before], 1, axis=1))
        if (more == met).all():
            break
        met = more
    return met
