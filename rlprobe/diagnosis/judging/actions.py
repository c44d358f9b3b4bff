"""Decide whether an agent has found the best actions of a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs import solve
from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.choices.weighing import NOT_CHOSEN, chosen_in_words, outcome_of
from rlprobe.diagnosis.judging.excuses import doubt_of
from rlprobe.diagnosis.judging.result import Outcome, Result
from rlprobe.diagnosis.training.best_actions import LOST_REWARD_IN_REACH, past_the_best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

BEST_EPISODES_TO_JUDGE = 100
"""An exploration probe fails only after this many best possible episodes from which nothing was learned."""


def judge_actions(trial: Trial, runs: tuple[Run, ...]) -> Result:
    """The result of a trial that asks for actions, by a majority of its runs."""
    solved = sum(bool(run.solved) for run in runs)
    counted = sum(not run.timed_out for run in runs)
    outcome: Outcome = "pass" if 2 * solved > counted else "fail" if counted else "undecided"
    if trial.name == CASH_OUT:
        outcome = outcome_of(trial, runs)
    elif outcome == "fail" and (_out_of_reach(trial, runs) or _nearly(trial, runs)):
        outcome = "undecided"
    doubt = doubt_of(runs) if outcome != "pass" else ""
    if doubt:
        outcome = "undecided"
    return Result(
        trial=trial,
        runs=runs,
        outcome=outcome,
        expected=_best_actions(trial, runs[0].gamma),
        learned=[run.actions.tolist() for run in runs if run.actions is not None],
        why=doubt
        or (_why_chosen(trial, runs, outcome) if trial.name == CASH_OUT and counted else "")
        or f"{solved} of {len(runs)} seeds found the best actions"
        + (
            "; a run was out of time, a longer --budget may decide it"
            if any(run.timed_out for run in runs)
            else ""
        ),
    )


def _why_chosen(trial: Trial, runs: Sequence[Run], outcome: Outcome) -> str:
    return NOT_CHOSEN if outcome == "undecided" else chosen_in_words(trial, runs)


def _best_actions(trial: Trial, gamma: float) -> list[list[Any]]:
    """The best actions at each queried observation, as the environment takes them."""
    actions = trial.mdp.actions
    if isinstance(trial.mdp.action_space, Box) and trial.mdp.cuts is None:
        optimal = solve(trial.mdp, gamma).optimal[: len(trial.observed.queried)]
        return [[actions[int(a)] for a in np.flatnonzero(row)] for row in optimal]
    first = trial.first_action
    return [(first + np.flatnonzero(row)).tolist() for row in trial.choices(gamma).best]


def _out_of_reach(trial: Trial, runs: tuple[Run, ...]) -> bool:
    """Whether the best possible episode was too rare to call it a fault that it was not learned."""
    seldom = min(run.successes for run in runs) < BEST_EPISODES_TO_JUDGE
    return trial.probe.asks == "exploration" and (seldom or not trial.judged)


def _nearly(trial: Trial, runs: tuple[Run, ...]) -> bool:
    """Whether continuous actions may still become optimal: they still move, or lose hardly any reward."""
    if not isinstance(trial.mdp.action_space, Box):
        return False
    runs = tuple(run for run in runs if not run.timed_out)
    if not all(run.settled for run in runs):
        return True
    state = next(iter(trial.mdp.start))
    lost = [
        -sum(p * r for (_, r), p in trial.mdp.step(state, run.actions[0]).items())
        for run in runs
        if run.actions is not None and not past_the_best(trial.mdp, run.actions[0])
    ]
    return not lost or max(lost) < LOST_REWARD_IN_REACH
