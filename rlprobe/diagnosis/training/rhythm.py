"""When an agent updates its values: after each step, after each rollout, or only at ends of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis import questions
from rlprobe.diagnosis.run import may_be_monte_carlo

if TYPE_CHECKING:
    from rlprobe.diagnosis.training.counting import Count
    from rlprobe.diagnosis.trial import Trial

WATCHED_ON = "RandomExit"
"""Episodes end at random there, so that a rollout of a fixed length hardly ever ends with one."""
LOOKS_WITHIN = 6
"""Unchanged values within episodes that must be observed, to say that updates come at ends only."""
CHANGES, CALLS, IDLE = 4, 300, 3
"""It stops after this many changes of the values and enough looks within episodes, which may be short; or
after so many calls of ``learn(1)``, or calls in a row without a step."""


@dataclass(frozen=True)
class Rhythm:
    """When the values change.

    Args:
        whole_episodes: whether they change only in steps that end an episode; None if unknown.
        mostly_at_ends: whether nearly all of their changes are there: rollouts end with an episode, or when
            they are full.
    """

    whole_episodes: bool | None = None
    mostly_at_ends: bool = False


def rhythm_of(agent: Any, trial: Trial, count: Count) -> Rhythm:
    """When the values change: at ends of episodes, or within them.

    Only agents that may learn from whole episodes are observed: those whose attributes do not exclude it.
    """
    said = questions.targets(agent)
    possible = may_be_monte_carlo(said["rollout"], said["on_policy"], said["lam"])
    single = trial.setting.num_envs == 1
    if trial.name != WATCHED_ON or not possible or not single or not questions.shows_values(agent):
        return Rhythm()
    changes = inside = idle = still = 0
    questions.values(agent, trial.queried, first=True)
    agent.learn(1)  # the values of a script may be those of some steps before
    values = questions.values(agent, trial.queried, first=False)
    for _ in range(CALLS):
        before = count.steps
        agent.learn(1)
        idle = idle + 1 if count.steps == before else 0
        now = questions.values(agent, trial.queried, first=False)
        if (now != values).any():
            inside += not count.at_end
            changes += 1
            if inside > 1 or inside == changes:
                return Rhythm(whole_episodes=False)
        still += not count.at_end
        values = now
        enough = changes >= CHANGES and still >= LOOKS_WITHIN
        if enough or idle == IDLE or count.over or not np.isfinite(now).all():
            break
    known = changes > 1 and still >= LOOKS_WITHIN
    if inside:
        return Rhythm(whole_episodes=False, mostly_at_ends=known and changes >= CHANGES)
    return Rhythm(whole_episodes=True if known else None, mostly_at_ends=known)
