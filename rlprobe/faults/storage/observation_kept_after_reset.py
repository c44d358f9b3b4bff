"""After a reset, the agent goes on with the last observation of the episode before.

The first step of each episode is then stored, and its action chosen, with an observation that the reset did
not return. The value of the start is learned for that observation, and the start itself is never learned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.faults.declaration import Actor
    from rlprobe.faults.transitions import Transitions

UNSEEN: Mapping[str, Actor] = {"ContextBandit": "any"}
"""Where the first observation tells the best action."""


def _kept(t: Transitions) -> Transitions:
    """Unpredictable where a transition begins some episodes and continues others."""
    possible = t.probability > 0
    first, later = t.following[possible & t.ended], t.following[possible & ~t.ended]
    if np.intersect1d(first, later).size:
        return t.with_critic(frozen="unpredictable")
    observation = t.observation.copy()
    ends = np.unique(t.final_observation[t.ended])
    if len(ends) > 1:
        return t.with_critic(frozen="unpredictable")
    observation[first] = ends[0]
    return t.change(observation=observation)


SELDOM_TOLD = 0.2
"""Many probes say nothing of it, so other faults that are not predicted well look like it."""

FAULT = Fault(
    id="observation-kept-after-reset",
    component="experience storage",
    look_at="the line with `env.reset()`: what it returns is the next observation to act on",
    wrong="""
if terminated or truncated:
    env.reset()
""",
    right="""
if terminated or truncated:
    obs, _ = env.reset()
""",
    forms=(
        Form(
            name="in place of the first observation",
            change=_kept,
            actor_on=UNSEEN,
            vague=True,
            prior=SELDOM_TOLD,
        ),
    ),
    module=__name__,
)
