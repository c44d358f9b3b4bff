"""Whether an agent answers the same question in the same way: twice, and alone or in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis import questions

if TYPE_CHECKING:
    from numpy.typing import NDArray

COPIES = 4
"""How often each observation is in the larger batch."""
SAME_WITHIN = 0.01
"""Difference between two values of one observation, relative to its size, that rounding does not reach."""


def inconsistency(agent: Any, observations: NDArray[Any]) -> str:
    """A sentence with the values that differ though the observation is the same; empty if none do.

    Agents whose values contain the entropy of sampled actions, and agents with a memory, are not asked.
    """
    if not questions.shows_values(agent) or getattr(agent, "recurrent", False):
        return ""
    if float(getattr(agent, "temperature", 0.0) or 0.0) > 0.0:
        return ""
    batch = _values(agent, np.repeat(observations, COPIES, axis=0))[::COPIES]
    again = _values(agent, np.repeat(observations, COPIES, axis=0))[::COPIES]
    alone = np.concatenate([_values(agent, one[None]) for one in observations])
    for other, said in ((again, "asked twice"), (alone, "asked alone and in a batch")):
        apart = abs(batch - other) > SAME_WITHIN * np.maximum(1.0, abs(batch))
        if apart.any():
            i = int(np.argmax(apart))
            return f"one observation, {said}, has the values {batch[i]:.3g} and {other[i]:.3g}"
    return ""


def _values(agent: Any, observations: NDArray[Any]) -> NDArray[np.float64]:
    return questions.values(agent, observations, first=False)
