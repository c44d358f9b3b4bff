"""Whether an agent still acted at random at the end of its runs, which may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run

BANDIT = "ActionOrder"
"""The probe with most actions, so that random ones are told from chosen ones soonest."""
LEAST_STEPS = 250
FROM_CHANCE = 0.1
"""An agent that takes its best action by less than this more often, or more seldom, than chance acts at
random."""


def random_throughout(results: Sequence[Result]) -> str:
    """A sentence if an agent found the best action and took it hardly more often than chance; else empty.

    Many schedules of epsilon take longer than a run on a probe, so this is no fault.
    """
    taken = of = arms = 0
    for result in results:
        for run in result.runs if result.trial.name == BANDIT else ():
            if run.action_counts is None or not run.solved or run.actions is None:
                continue
            chosen, steps = _lately(run) if run.kept else _throughout(run, result.trial.first_action)
            taken, of, arms = taken + chosen, of + steps, run.action_counts.shape[1]
    if of < LEAST_STEPS or abs(taken / of - 1 / arms) >= FROM_CHANCE:
        return ""
    return (
        f"While it learned {BANDIT}, it took its best action in {taken:,} of {of:,} steps, hardly more than "
        "by chance. If exploration should fall by then, check its schedule."
    )


def _lately(run: Run) -> tuple[int, int]:
    """How often it took its best actions in the second half of the run, and how often any."""
    chosen, steps = np.sum(run.kept[len(run.kept) // 2 :], axis=0)
    return int(chosen), int(steps)


def _throughout(run: Run, first_action: int) -> tuple[int, int]:
    """The same of all steps."""
    assert run.action_counts is not None
    assert run.actions is not None
    best = run.actions.astype(int).ravel() - first_action
    return int(run.action_counts[np.arange(len(best)), best].sum()), int(run.action_counts.sum())
