"""Decide from the runs of one trial: pass, fail or undecided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.diagnosis.choices.chosen import CASH_OUT, returns_excuse
from rlprobe.diagnosis.choices.chosen import wrong as wrong_choices
from rlprobe.diagnosis.judging.actions import judge_actions
from rlprobe.diagnosis.judging.method import Method, method_of
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.judging.values import judge_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial


TOO_EARLY = "no values were found before the time for this run was over; a longer --budget may decide it"


def judge(trial: Trial, runs: Sequence[Run], method: Method | None = None) -> Result:
    """The result of a trial, by a majority of its runs; ``method`` is known from all runs of the agent."""
    if not runs:
        return Result(trial=trial, runs=(), outcome="skipped", why="not run")
    if runs[0].unsuited:
        return Result(trial=trial, runs=tuple(runs), outcome="skipped", why=runs[0].unsuited)
    if trial.probe.asks == "value":
        runs = [run for run in runs if run.values is not None] or runs  # a run may end before it finds them
        if runs[0].values is None and (why := runs[0].doubt or (runs[0].timed_out and TOO_EARLY)):
            return Result(trial=trial, runs=tuple(runs), outcome="skipped", why=why, unread=True)
        if runs[0].values is None:
            return Result(trial=trial, runs=tuple(runs), outcome="skipped", why="the agent shows no values")
        return judge_values(trial, tuple(runs), method or method_of(runs))
    found = judge_actions(trial, tuple(runs))
    if found.outcome == "fail" and trial.name == CASH_OUT and (method or method_of(runs)).monte_carlo:
        return _judged_by_returns(found)
    return found


def _judged_by_returns(found: Result) -> Result:
    """A failed choice, passed if returns of whole episodes, which stop at a time limit, lead to it."""
    failed = [run for run in found.runs if wrong_choices(run, found.trial)]
    if not all(returns_excuse(run, found.trial) for run in failed):
        return found
    return replace(
        found, outcome="pass", by_returns=True, why="the choice is that of mean returns of episodes"
    )


def is_unconfirmed(result: Result) -> bool:
    """Whether an action probe failed, but not in two seeds.

    A correct policy-gradient agent sometimes settles on a worse action; two seeds seldom do so alike.
    """
    choices = result.trial.name == CASH_OUT
    failed = [
        run
        for run in result.runs
        if not run.timed_out and (wrong_choices(run, result.trial) if choices else not run.solved)
    ]
    return result.outcome == "fail" and result.trial.probe.asks == "action" and len(failed) < 2
