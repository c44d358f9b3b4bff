"""Whether a script learns from the rewards of its environment, or puts others in their place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.training.runner import CHUNK_STEPS

if TYPE_CHECKING:
    from rlprobe.scripts.agent import ScriptAgent

OWN_REWARDS = (
    "it learns from rewards of its own, not from those that env.step returns: its values stayed the same "
    "when all rewards changed their sign. Switch reward shaping off for the diagnosis"
)
LEARNED_ABOVE = 0.2
"""Values that moved by less since the beginning have learned too little to tell."""
MOVED_ABOVE = 0.1
"""Values that move by this share of the largest one have heard of the change."""
LOOKS, SECONDS = 8, 10.0


def learns_other_rewards(agent: ScriptAgent) -> bool:
    """Whether the values of a script that has learned stay as they are when all rewards change their sign.

    It takes more steps than before: a loss with clipped gradients heeds the larger half of a replay memory.
    """
    before = agent.read()
    if agent.first is None or abs(before - agent.first).max() < LEARNED_ABOVE:
        return False
    if agent.asked({"do": "tensors"})["observed"]:
        return False  # what was seen of its losses may be why
    agent.negate_rewards()
    until = min(agent.until, time.perf_counter() + SECONDS)
    for _ in range(max(LOOKS, agent.steps // CHUNK_STEPS + 1)):
        if agent.count.over or time.perf_counter() > until:
            return False
        agent.learn(CHUNK_STEPS)
        if not abs(agent.read() - before).max() < MOVED_ABOVE * max(1.0, float(np.abs(before).max())):
            return False
    return True
