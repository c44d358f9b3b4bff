"""What random play sees, for the ranges of a plane."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.random_policy import RandomActions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

PLAYED_STEPS: Final = 3_000
PLAYED_S: Final = 1.0
CUT_AFTER_STEPS: Final = 300
"""Starts are seen too where episodes never end."""


def observations_of_random_play(env: gym.Env[Any, Any], most: int = PLAYED_STEPS) -> Iterator[Any]:
    """Observations of some episodes, at least three and for at most a second."""
    actions, until = RandomActions(env.action_space), time.perf_counter() + PLAYED_S
    observation, _ = env.reset(seed=2)
    count = 0
    while count < most and (time.perf_counter() < until or count < 3):
        yield observation
        count += 1
        observation, _, terminated, truncated, _ = env.step(actions.draw())
        if terminated or truncated or count % CUT_AFTER_STEPS == 0:
            observation, _ = env.reset()
