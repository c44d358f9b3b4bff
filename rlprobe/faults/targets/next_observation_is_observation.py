"""The next observation equals the observation.

The code stores ``obs`` twice, or both names refer to the same array. Every state then bootstraps from
itself: a reward of 1 is worth 1 / (1 - gamma).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.faults.declaration import Actor
    from rlprobe.faults.transitions import Transitions

UNSEEN: Mapping[str, Actor] = {
    "ContextBandit": "guess",
    "ActionOrder": "any",
    "BoxTarget": "any",
    "BoxTarget2D": "any",
}
"""Where episodes have one step, their observation is never learned from."""


def _next_twice(t: Transitions) -> Transitions:
    """Rewards are credited to the observation after the step."""
    observation = t.observation.copy()
    observation[t.current] = t.final_observation
    return t.change(observation=observation, bootstrap=t.final_observation)


def _returned_twice(t: Transitions) -> Transitions:
    """As above, where the observation after an end is already the first of the next episode."""
    observation = t.observation.copy()
    after = np.where(t.ended, t.observation[t.following], t.final_observation)
    observation[t.current] = after
    return t.change(observation=observation, bootstrap=after)


FAULT = Fault(
    id="next-observation-is-observation",
    component="experience storage",
    look_at="where `next_obs` is stored, and whether both arrays share memory",
    wrong="""
obs = next_obs
buffer.add(obs, action, reward, next_obs, terminated)
""",
    right="""
buffer.add(obs, action, reward, next_obs, terminated)
obs = next_obs
""",
    forms=(
        Form(
            name="every state follows itself",
            change=lambda t: t.change(bootstrap=t.observation[t.current]),
            needs="bootstrap",
        ),
        Form(name="the next observation is stored twice", change=_next_twice, actor_on=UNSEEN),
        Form(name="the observation that came back is stored twice", change=_returned_twice, actor_on=UNSEEN),
    ),
    module=__name__,
)
