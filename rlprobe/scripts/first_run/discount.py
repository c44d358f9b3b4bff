"""The discount of a script that does not name it, read off the values that it learns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.training.runner import CHUNK_STEPS

if TYPE_CHECKING:
    from rlprobe.scripts.agent import ScriptAgent

MOST_STEPS = 5_000
LEARNING_S = 25.0
USUAL = (0.8, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999)
READ_BELOW = 0.994
"""Above this, values do not tell a discount near 1 from one that is missing."""
SAME_WITHIN = 0.04
STEADY_LOOKS = 3
STEADY_WITHIN = 0.01
"""Discounts read one after the other differ by no more once values have stopped to move."""


def read_discount(agent: ScriptAgent) -> float | None:
    """The discount that explains the values of a script on Decoder, where ``V = (1 + 2 g^2, 2 g, 2)``.

    None if no discount explains all three values.
    """
    until = min(agent.until, time.perf_counter() + LEARNING_S)
    steady: list[float] = []
    while agent.steps < MOST_STEPS and time.perf_counter() < until and not agent.count.over:
        agent.learn(CHUNK_STEPS)
        first, second, last = agent.read()
        gamma = float(second / last) if last else np.inf
        right = 0.5 < gamma < 1.0 + SAME_WITHIN and abs(last / 2.0 - 1.0) < SAME_WITHIN
        if right and abs(first - (1.0 + 2.0 * gamma**2)) < SAME_WITHIN * first:
            steady.append(gamma)
        else:
            steady.clear()
        latest = steady[-STEADY_LOOKS:]
        if len(latest) == STEADY_LOOKS and max(latest) - min(latest) < STEADY_WITHIN:
            measured = float(latest[-1])
            if measured > READ_BELOW:
                return None
            return min(USUAL, key=lambda usual: abs(usual - measured))
    return None
