"""The observation is not advanced: the whole episode is stored with its first observation.

The line ``obs = next_obs`` at the end of the loop is missing. The agent acts on the first observation until
the episode ends, and credits every reward of the episode to it. The observations in between are bootstrapped
from, but never trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rlprobe.faults.declaration import Actor
    from rlprobe.faults.transitions import Transitions

UNSEEN: Mapping[str, Actor] = {"MaxNotMean": "any", "TwoBoxes": "any"}
"""Where the best action depends on a later observation."""


def _kept(t: Transitions) -> Transitions:
    """Unpredictable where one transition belongs to episodes that began differently."""
    first = _first_observation(t)
    return t.with_critic(frozen="unpredictable") if first is None else t.change(observation=first)


def _first_observation(t: Transitions) -> NDArray[np.int64] | None:
    """``(T,)`` the first observation of the episode of each transition; None if that is not unique."""
    possible = t.probability > 0
    first = np.full(len(t.observation), -1)
    begins = np.unique(t.following[possible & t.ended])
    first[begins] = t.observation[begins]
    for _ in range(len(first)):
        goes_on = possible & ~t.ended & (first[t.current] >= 0)
        come_from, come_to = first[t.current[goes_on]], t.following[goes_on]
        if ((first[come_to] >= 0) & (first[come_to] != come_from)).any():
            return None
        if (first[come_to] >= 0).all():
            break
        first[come_to] = come_from
    return np.where(first >= 0, first, t.observation)


FAULT = Fault(
    id="observation-not-advanced",
    component="experience storage",
    look_at="the end of the loop over steps: `obs = next_obs` must follow each `env.step`",
    wrong="""
while not done:
    next_obs, reward, terminated, truncated, _ = env.step(policy(obs))
    buffer.add(obs, action, reward, next_obs, terminated)
    done = terminated or truncated
""",
    right="""
while not done:
    next_obs, reward, terminated, truncated, _ = env.step(policy(obs))
    buffer.add(obs, action, reward, next_obs, terminated)
    done = terminated or truncated
    obs = next_obs
""",
    forms=(Form(name="all steps have the first observation", change=_kept, actor_on=UNSEEN, vague=True),),
    module=__name__,
)
