"""Tables that also learn from the values of final states, which stay 0 where no step begins in one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rlprobe.diagnosis.training.runner import CHUNK_STEPS

if TYPE_CHECKING:
    from rlprobe.scripts.agent import ScriptAgent

BOOTSTRAPS_ABOVE, EXACT, WITHIN, LOOKS = 1.5, 1.0, 0.05, 4
"""Values of Constant above the first grow towards 1 / (1 - gamma); those near 1 at more looks in a row have
learned the reward alone."""
SECONDS = 10.0


def learns_from_its_end(agent: ScriptAgent) -> bool:
    """Whether the value of Constant grows beyond its only reward: its episodes end in an ordinary state."""
    until, still = min(agent.until, time.perf_counter() + SECONDS), 0
    while not agent.count.over and agent.steps < agent.trial.most_steps and time.perf_counter() < until:
        agent.learn(CHUNK_STEPS)
        value = float(agent.read()[0])
        if value > BOOTSTRAPS_ABOVE:
            return True
        still = still + 1 if abs(value - EXACT) < WITHIN else 0
        if still > LOOKS:
            return False
    return False
