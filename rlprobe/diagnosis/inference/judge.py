"""Decide from the runs of one trial: pass, fail or undecided, with an interval over seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from gymnasium.spaces import Box

from probe_envs import solve
from rlprobe.diagnosis.choices.chosen import CASH_OUT, returns_excuse
from rlprobe.diagnosis.choices.chosen import wrong as wrong_choices
from rlprobe.diagnosis.choices.weighing import NOT_CHOSEN, chosen_in_words, outcome_of
from rlprobe.diagnosis.inference.excuses import doubt_of, excuse_of
from rlprobe.diagnosis.inference.method import Method, method_of
from rlprobe.diagnosis.trial import tolerance
from rlprobe.stats.intervals import half_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

Outcome = Literal["pass", "fail", "undecided", "skipped"]
BEST_EPISODES_TO_JUDGE = 100
"""An exploration probe fails only after this many best possible episodes from which nothing was learned."""
LOST_REWARD_IN_REACH = 0.06
"""An agent whose continuous action loses less reward than this may still be learning, so it does not fail.
Forgetting the offset of the action space loses 0.0625, which is more."""
IMPROVING_FROM_SHARE = 0.1
"""A wrong value counts as improving if it lost this share of its error over the last part of the run."""
WRONG_IF_TIMES_INITIAL = 5.0
"""In a run that timed out, only errors this many times larger than the initial ones count as wrong."""
QUANTILE_TOLERANCE_FACTOR = 3.0
"""Where returns are random, the tolerance of a quantile critic is larger by this factor."""
RANDOM_NOISE_FACTOR = 4.0
"""Where returns are random, values may stay noisy: up to this many tolerances of noise excuse an error."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """What one trial came to.

    Args:
        trial: the trial.
        runs: one run per seed.
        outcome: ``"pass"``, ``"fail"``, ``"undecided"`` (not converged yet) or ``"skipped"``.
        expected: the exact values, ``(n,)``, or the best actions at each queried observation.
        learned: the learned values, ``(n,)``, as mean over the seeds that converged; or the actions of each
            seed.
        margin: ``(n,)``, half the width of the 95 % interval of ``learned`` over seeds.
        why: the reason for the outcome, in one sentence.
        excused: whether it failed, but for a reason that is no fault; ``why`` says it.
        by_returns: whether values are compared with Monte-Carlo returns, which stop at a time limit.
        left_out: whether the agent cannot be built for this trial, so that it does not count.
        spared: whether it was not run because it would not have changed the answer.
    """

    trial: Trial
    runs: tuple[Run, ...]
    outcome: Outcome
    expected: Any = None
    learned: Any = None
    margin: Any = None
    why: str = ""
    left_out: bool = False
    spared: bool = False
    excused: bool = False
    by_returns: bool = False

    @property
    def steps(self) -> int:
        """Environment steps over all runs."""
        return sum(run.steps + run.earlier_steps for run in self.runs)

    @property
    def seconds(self) -> float:
        """Wall time over all runs."""
        return sum(run.seconds + run.earlier_seconds for run in self.runs)


def judge(trial: Trial, runs: Sequence[Run], method: Method | None = None) -> Result:
    """The result of a trial, by a majority of its runs; ``method`` is known from all runs of the agent."""
    if not runs:
        return Result(trial=trial, runs=(), outcome="skipped", why="not run")
    if runs[0].unsuited:
        return Result(trial=trial, runs=tuple(runs), outcome="skipped", why=runs[0].unsuited)
    if trial.probe.asks == "value":
        runs = [run for run in runs if run.values is not None] or runs  # a run may end before it finds them
        if runs[0].values is None:
            return Result(trial=trial, runs=tuple(runs), outcome="skipped", why="the agent shows no values")
        return _judge_values(trial, tuple(runs), method or method_of(runs))
    found = _judge_actions(trial, tuple(runs))
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


def _judge_values(trial: Trial, runs: tuple[Run, ...], method: Method) -> Result:
    exact, by_returns = exact_values(trial, runs, method)
    near = tolerance(exact)
    if method.quantiles and _random_returns(trial):
        near = QUANTILE_TOLERANCE_FACTOR * near
    most_noise = RANDOM_NOISE_FACTOR * near if _random_returns(trial) else near
    outcomes = [
        _outcome_of(run, exact, near, most_noise, must_arrive=trial.must_arrive_in_time) for run in runs
    ]
    converged = [run for run, one in zip(runs, outcomes, strict=True) if one != "undecided"]
    learned = np.array([run.values for run in converged or runs])
    with np.errstate(all="ignore"):
        mean, margin = learned.mean(axis=0), half_width(learned)
    counted = [
        one for run, one in zip(runs, outcomes, strict=True) if one != "undecided" or not run.timed_out
    ]
    outcome: Outcome = max(("pass", "fail", "undecided"), key=counted.count)
    if counted.count(outcome) * 2 <= len(counted):
        outcome = "undecided"
    excuse = doubt_of(runs) if outcome == "undecided" else ""
    if outcome == "fail":
        excuse = excuse_of(trial, runs, method, mean, exact)
    if excuse:
        outcome = "undecided"
    return Result(
        trial=trial,
        runs=runs,
        outcome=outcome,
        expected=exact,
        learned=mean,
        margin=margin,
        why=excuse or _why(outcome, runs, outcomes, method, by_returns=by_returns),
        excused=bool(excuse),
        by_returns=by_returns,
    )


def exact_values(trial: Trial, runs: Sequence[Run], method: Method) -> tuple[NDArray[np.float64], bool]:
    """``(n,)``: the values that a correct agent of this kind learns at the queried observations.

    Several values can be correct: soft values may include the entropy of the action in the state itself, and
    Monte-Carlo returns may stop at a time limit. The ones closest to the learned values count.

    Returns:
        The values, and whether they are returns that stop at a time limit.
    """
    learned = np.mean(np.array([run.values for run in runs], dtype=float), axis=0)
    answers: list[tuple[NDArray[np.float64], bool]] = []
    for learner in method.learners(trial, runs[0].gamma):
        exact = trial.exact(learner)
        answers += [(exact, not learner.bootstraps)]
        answers += [(exact + learner.entropy, not learner.bootstraps)] if learner.entropy else []
    answers = [(exact, stops and bool((exact != answers[0][0]).any())) for exact, stops in answers]
    return min(answers, key=lambda answer: float(abs(learned - answer[0]).sum()))


def _random_returns(trial: Trial) -> bool:
    """Whether a step from a start state is random, so that returns differ."""
    return any(len(trial.mdp.step(s, a)) > 1 for s in trial.mdp.start for a in trial.mdp.actions)


def _why(
    outcome: Outcome, runs: Sequence[Run], outcomes: Sequence[Outcome], method: Method, *, by_returns: bool
) -> str:
    if outcome == "pass":
        if by_returns:
            return "every value is within 5 % of the mean return of episodes"
        soft = f" soft one (entropy weight {method.temperature:.2g})" if method.warm else " exact one"
        return f"every value is within 5 % of the{soft}"
    if outcome == "fail":
        return "values diverged" if any(run.diverged for run in runs) else "values converged to wrong numbers"
    if len({one for one in outcomes if one != "undecided"}) > 1:
        return "seeds disagree; more --seeds may decide it"
    if any(run.timed_out for run in runs):
        return "values were still moving when the time for this run was over; a longer --budget may decide it"
    if all(run.settled for run in runs):
        return "values are noisy around what may be the exact ones; more --seeds may decide it"
    steps = max(run.steps for run in runs)
    return f"values were still moving after {steps:,} steps; a longer --budget may decide it"


def _outcome_of(
    run: Run,
    exact: NDArray[np.float64],
    near: NDArray[np.float64],
    most_noise: NDArray[np.float64],
    *,
    must_arrive: bool,
) -> Outcome:
    assert run.values is not None
    assert run.drift is not None
    assert run.initial is not None
    if run.diverged:
        return "fail"
    assert run.noise is not None
    error = abs(run.values - exact)
    noise = np.minimum(run.noise, near)
    if (error <= near + noise).all():
        return "pass"
    if (error <= near + 2.0 * np.minimum(run.noise, most_noise)).all():
        return "undecided"  # clipped gradients and Huber losses bias the mean of noisy targets by as much
    gone = error > WRONG_IF_TIMES_INITIAL * (abs(run.initial - exact) + near)
    far = (error > abs(run.initial - exact) + near) & (error > 3 * near)
    if run.trend is not None:
        far &= run.trend * np.sign(exact - run.values) <= IMPROVING_FROM_SHARE * error
    wrong = far & gone if run.timed_out else far
    return "fail" if run.settled or must_arrive or wrong.any() else "undecided"


def _judge_actions(trial: Trial, runs: tuple[Run, ...]) -> Result:
    solved = sum(bool(run.solved) for run in runs)
    counted = sum(not run.timed_out for run in runs)
    outcome: Outcome = "pass" if 2 * solved > counted else "fail" if counted else "undecided"
    if trial.name == CASH_OUT:
        outcome = outcome_of(trial, runs)
    elif outcome == "fail" and (_out_of_reach(trial, runs) or _nearly(trial, runs)):
        outcome = "undecided"
    doubt = doubt_of(runs) if outcome == "fail" else ""
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
    if not all(run.settled for run in runs):
        return True
    state = next(iter(trial.mdp.start))
    lost = [
        -sum(p * r for (_, r), p in trial.mdp.step(state, run.actions[0]).items())
        for run in runs
        if run.actions is not None and not _is_past_the_best(trial, run)
    ]
    return not lost or max(lost) < LOST_REWARD_IN_REACH


def _is_past_the_best(trial: Trial, run: Run) -> bool:
    """Whether every number of the action lies between the best one and the bound next to it.

    A policy whose mean has left the bounds acts at the bound; hardly any fault leads there.
    """
    space, best = trial.mdp.action_space, np.ravel(_best_actions(trial, run.gamma)[0][0])
    assert isinstance(space, Box)
    assert run.actions is not None
    action, low, high = run.actions[0].reshape(-1), space.low.reshape(-1), space.high.reshape(-1)
    return bool(np.where(high - best < best - low, best <= action, action <= best).all())
