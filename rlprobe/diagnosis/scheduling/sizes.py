"""Exploration probes: from the smallest size on, as far as the agent solves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.workers import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial


def smallest(trials: Sequence[Trial], *, full: bool) -> list[Task]:
    """The exploration probes at their smallest size; those that are only measured if it is full."""
    first: dict[str, Task] = {}
    for i, trial in enumerate(trials):
        if trial.probe.asks == "exploration" and (full or trial.judged):
            first.setdefault(trial.name, Task(i, trial, 0))
    return list(first.values())


def larger(done: Task, runs: Sequence[Run], trials: Sequence[Trial], *, full: bool) -> list[Task]:
    """After an exploration probe: the next size if it was solved, two more seeds if it failed.

    Args:
        done: the run that has ended.
        runs: all runs of its trial.
        trials: all trials; a size is followed by the next larger one.
        full: whether larger sizes are run at all.
    """
    if done.trial.probe.asks != "exploration" or done.seed:
        return []
    if judge(done.trial, list(runs)).outcome == "fail":
        return [Task(done.number, done.trial, seed) for seed in (1, 2)]
    following = done.number + 1
    if not full or not any(run.solved for run in runs) or following == len(trials):
        return []
    trial = trials[following]
    return [Task(following, trial, 0)] if trial.name == done.trial.name else []
