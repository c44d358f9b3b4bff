"""Runs that are made again: cut short by time, doubted, or unconverged after all their steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gymnasium.spaces import Box

from rlprobe.diagnosis.inference.judge import is_unconfirmed
from rlprobe.diagnosis.workers import Task

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rlprobe.diagnosis.inference.judge import Result

RETRY_IF_TIMES_LONGER = 2.0
"""A run that timed out is repeated only if it would now get at least this many times as long."""
LEAST_LUCK, MOST_LUCK = 0.01, 0.3
"""A probe that passed is run with a second seed if the chance of luck lies between them. With fewer actions,
a second seed would tell little."""
MORE_STEPS_FACTOR = 4
"""An unconverged run that used up its steps is repeated with this factor of steps, then with its square."""


def cut_short(results: Sequence[Result], seed: int, left: float) -> list[Task]:
    """Undecided runs of a seed that timed out, if each of them would now get more of the seconds ``left``."""
    cut = [
        (Task(i, result.trial, seed), run.seconds)
        for i, result in enumerate(results)
        if result.outcome == "undecided" and result.trial.probe.asks != "exploration"
        for run in result.runs
        if run.seed == seed and run.timed_out
    ]
    return [task for task, seconds in cut if seconds * RETRY_IF_TIMES_LONGER < left / len(cut)]


def second_opinions(results: Sequence[Result], failures: Container[int]) -> list[Task]:
    """One more seed of each action probe that failed, if fewer than two seeds agree that it did."""
    doubtful = [(i, r) for i, r in enumerate(results) if is_unconfirmed(r) and i not in failures]
    return [
        Task(i, result.trial, max(run.seed for run in result.runs) + 1)
        for i, result in sorted(doubtful, key=lambda pair: pair[1].steps)
    ]


def perhaps_luck(results: Sequence[Result]) -> list[Task]:
    """One more seed of each action probe that passed with one, if a policy at random might have.

    Values that are right cannot be so by luck. The best of a few actions can: a policy that learns nothing
    wanders, and ends somewhere.
    """
    return [
        Task(i, result.trial, result.runs[0].seed + 1)
        for i, result in enumerate(results)
        if result.outcome == "pass"
        and result.trial.probe.asks == "action"
        and len(result.runs) == 1
        and LEAST_LUCK < _chance(result) <= MOST_LUCK
    ]


def _chance(result: Result) -> float:
    """The chance that actions at random are the best at every observation; 0 if they are continuous."""
    if isinstance(result.trial.mdp.action_space, Box):
        return 0.0
    return float(result.trial.choices(result.runs[0].gamma).best.mean(axis=1).prod())


def unsettled(results: Sequence[Result], factor: int, left: float) -> list[Task]:
    """Runs that used up their steps before their values converged, with more steps, as long as time is left.

    Basic probes come first.
    """
    open_ = [
        (i, r) for i, r in enumerate(results) if r.outcome == "undecided" and r.trial.probe.asks == "value"
    ]
    open_.sort(key=lambda pair: (not pair[1].trial.is_basic, pair[1].seconds))
    tasks = list[Task]()
    for number, result in open_:
        longer = replace(result.trial, most_steps=factor * result.trial.most_steps)
        again = [run for run in result.runs if run.steps >= result.trial.most_steps and not run.settled]
        left -= sum(factor * run.seconds for run in again)
        if left > 0:
            tasks += [Task(number, longer, run.seed) for run in again]
    return tasks
