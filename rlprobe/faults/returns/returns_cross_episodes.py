"""Returns continue into the next episode.

The rewards of several episodes are put into one list, and the discounted sum goes through all of it. So an
episode also gets the rewards of the later episodes in its batch. How much that adds depends on the number of
episodes per batch. A sum that is kept between two updates adds the return of the episode before. Rollouts
whose sum is cut at terminations, but not at time limits, have the same fault there: a truncated step gets the
return of the next episode's start in place of the value of its final observation.

Reported in pytorch/examples#1422.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import episodes_depend, monte_carlo, returns_over_episodes, returns_over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions

BATCHES = (2, 3, 4, 5, 8, 10, 16, 32)
"""Numbers of episodes between two updates for which the effect is predicted."""
STEPS = (16, 32, 64, 128)
"""Likewise, least numbers of steps: an update follows at the end of the episode that reaches them."""


def _joined(t: Transitions, episodes: int | None = None, steps: int | None = None) -> Transitions:
    joined = monte_carlo(t, returns_over_steps(t, steps) if steps else returns_over_episodes(t, episodes))
    return (
        joined.with_critic(frozen="unpredictable") if (episodes or steps) and episodes_depend(t) else joined
    )


def _beyond_limits(t: Transitions) -> Transitions:
    """The sum is cut at terminations only: at a time limit it goes on with the return of the next start."""
    limit = t.truncated & ~t.terminated & ~t.ends_rollout
    return t.change(
        bootstrap=np.where(limit, t.observation[t.following], t.bootstrap),
        trace_mask=np.where(limit, 1.0, t.trace_mask),
    )


def _carried_on(t: Transitions) -> Transitions:
    """The last step gets the return of the episode before; its mean is that of the start of the next one."""
    return t.change(
        bootstrap_mask=np.where(t.terminated, 1.0, t.bootstrap_mask),
        bootstrap=np.where(t.terminated, t.observation[t.following], t.bootstrap),
    )


FAULT = Fault(
    id="returns-cross-episodes",
    component="returns",
    look_at="the running sum of the rewards: reset it to 0 at the end of each episode",
    wrong="""
for r in reversed(rewards):  # of all episodes of the batch
    total = r + gamma * total
    returns.insert(0, total)
""",
    right="""
for r, done in zip(reversed(rewards), reversed(dones)):
    total = r + gamma * (1 - done) * total
    returns.insert(0, total)
""",
    forms=(
        *(
            Form(
                name=f"batches of {count} episodes",
                change=partial(_joined, episodes=count),
                needs="monte-carlo",
                actor_on={"WillToLive": "any"},
            )
            for count in BATCHES
        ),
        Form(
            name="batches of many episodes",
            change=partial(_joined, episodes=None),
            needs="monte-carlo",
            actor_on={"WillToLive": "any"},
        ),
        *(
            Form(
                name=f"batches of whole episodes, {count} steps or more",
                change=partial(_joined, steps=count),
                needs="monte-carlo",
                actor_on={"WillToLive": "any"},
            )
            for count in STEPS
        ),
        Form(
            name="the return of the episode before is carried on, unless a time limit ended it",
            change=_carried_on,
            needs="monte-carlo",
            actor_on={"WillToLive": "any"},
        ),
        Form(
            name="beyond time limits, in rollouts",
            change=_beyond_limits,
            needs="eligibility",
            at_ends=True,
            spread=0.05,  # the right targets at the ends of rollouts are rare and far from the others
            prior=0.2,  # in long rollouts as truncation-bootstraps-reset-observation, which is more common
        ),
    ),
    module=__name__,
)
