"""When a script learns: within episodes or at their ends, in each step or now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.diagnosis.trial import Trial
    from rlprobe.scripts.agent import ScriptAgent

WATCHED_STEPS = 80
"""Steps in which it is watched whether parameters change within episodes."""
EACH_STEP_SHARE, LEAST_WATCHED = 0.4, 8
"""A script learns in each step if it does so after this share of all steps within episodes, of so many."""
LARGEST_PACE = 3.2
"""With an update in each step, choices on CashOut are learned in so many times fewer steps."""
CUT_ABOVE, CUT_AT_ALL = 0.2, 0.0
"""Returns are other ones if the script ends more than this share of the episodes itself; the policy may be
another one if it ends some, as then it has good reasons to keep them short."""


def pace_of(trial: Trial, often: float) -> float:
    """By which factor a choice is learned sooner than in a script that seldom makes updates.

    Args:
        trial: the trial.
        often: updates of one optimiser in each step.
    """
    return float(np.clip(LARGEST_PACE * often, 1.0, LARGEST_PACE)) if trial.name == CASH_OUT else 1.0


def cut_doubt(agent: ScriptAgent) -> str:
    """Whether a script that learns from whole episodes resets the environment before they end."""
    least = CUT_ABOVE if agent.trial.probe.asks == "value" else CUT_AT_ALL
    if agent.updates_within or agent.cut_share <= least:
        return ""
    return (
        f"the script itself resets before {agent.cut_share:.0%} of the episodes end here; returns of whole "
        "episodes are then those of the steps before"
    )


def changes_within_episodes(agent: ScriptAgent) -> bool | None:
    """Whether what looks like its parameters changes within episodes; None if nothing looks like them."""
    seen = False
    for changed, at_end in _changes(agent, WATCHED_STEPS):
        if changed and not at_end:
            return True
        seen |= changed
    return False if seen else None


def learns_in_each_step(agent: ScriptAgent) -> bool:
    """Whether a script learns after most of its steps: it has no rollouts, and no returns of whole episodes.

    Where its updates are not counted, what looks like its parameters is watched.
    """
    if agent.all_updates:
        return (agent.updates_within or 0) > EACH_STEP_SHARE * agent.count.steps
    within = [changed for changed, at_end in _changes(agent, WATCHED_STEPS // 2) if not at_end]
    return len(within) >= LEAST_WATCHED and sum(within) > EACH_STEP_SHARE * len(within)


def _changes(agent: ScriptAgent, steps: int) -> Iterator[tuple[bool, bool]]:
    """For each of some single steps: whether parameters changed after it, and whether it ended an episode."""
    before = None
    for _ in range(steps):
        if agent.is_over():
            return
        now = agent.parameters()
        if before is not None:
            yield now != before, agent.count.at_end
        before = now
        agent.take_one_step()
