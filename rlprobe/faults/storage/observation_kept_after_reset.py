"""After a reset, the agent goes on with the last observation of the episode before.

The first step of each episode is then stored, and its action chosen, with an observation that the reset did
not return. The value of the start is learned for that observation, and the start itself is never learned.
A loop that resets twice, and keeps what the first reset returned, begins with the start of another episode.
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


def _of_another_reset(t: Transitions) -> Transitions:
    """The first transition of an episode shows any start, whatever the state behind it."""
    possible = t.probability > 0
    first, later = np.unique(t.following[possible & t.ended]), t.following[possible & ~t.ended]
    starts, which = np.unique(t.observation[first], return_inverse=True)
    if len(starts) < 2:
        return t
    if np.intersect1d(first, later).size:
        return t.with_critic(frozen="unpredictable")
    chance = np.bincount(which, t.weight[first]) / t.weight[first].sum()
    begins = np.isin(np.arange(len(t.observation)), first)
    copies = np.where(begins, len(starts), 1)
    of = np.repeat(np.arange(len(copies)), copies)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(copies) - copies, copies)
    share = np.where(begins[of], chance[nth], 1.0)
    pairs = [
        (k, i, j)
        for k in np.flatnonzero(possible)
        for i in np.flatnonzero(of == t.current[k])
        for j in np.flatnonzero(of == t.following[k])
    ]
    succession, current, following = (np.array(column) for column in zip(*pairs, strict=True))
    chances = t.probability[succession] * share[following]
    return t.successions(succession, current=current, following=following, probability=chances).change(
        observation=np.where(begins[of], starts[nth], t.observation[of]),
        weight=t.weight[of] * share,
        is_reset=t.is_reset[of],
    )


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
        Form(name="that of another reset", change=_of_another_reset, actor_on=UNSEEN, prior=SELDOM_TOLD),
    ),
    module=__name__,
)
