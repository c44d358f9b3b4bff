"""Decide whether an agent has learned the values of a probe, with an interval over seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.judging.excuses import doubt_of, excuse_of
from rlprobe.diagnosis.judging.result import Outcome, Result
from rlprobe.diagnosis.trial import tolerance
from rlprobe.stats.intervals import half_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

IMPROVING_FROM_SHARE = 0.1
"""A wrong value counts as improving if it lost this share of its error over the last part of the run."""
WRONG_IF_TIMES_INITIAL = 5.0
"""In a run that timed out, only errors this many times larger than the initial ones count as wrong."""
WRONG_FROM_STEPS = 250
"""A run that timed out before so many steps has hardly learned, and its values are no evidence."""
QUANTILE_TOLERANCE_FACTOR = 3.0
"""Where returns are random, the tolerance of a quantile critic is larger by this factor."""
RANDOM_NOISE_FACTOR = 4.0
"""Where returns are random, values may stay noisy: up to this many tolerances of noise excuse an error."""


def judge_values(trial: Trial, runs: tuple[Run, ...], method: Method) -> Result:
    """The result of a trial that asks for values, by a majority of its runs that converged."""
    exact, by_returns = exact_values(trial, runs, method)
    near = tolerance(exact)
    if by_returns and method.table and (first := return_from_start(trial, runs[0].gamma)) is not None:
        exact = (exact + first) / 2.0
        near = tolerance(exact) + abs(first - exact)
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

    Several values can be correct: soft values may include the entropy of the action in the state itself,
    unless the agent says that they are those of one action, and Monte-Carlo returns may stop at a time limit.
    The ones closest to the learned values count.

    Returns:
        The values, and whether they are returns that stop at a time limit.
    """
    learned = np.mean(np.array([run.values for run in runs], dtype=float), axis=0)
    of_states = not all(run.of_one_action for run in runs)
    answers: list[tuple[NDArray[np.float64], bool]] = []
    for learner in method.learners(trial, runs[0].gamma):
        exact = trial.exact(learner)
        answers += [(exact, not learner.bootstraps)]
        own = learner.entropy and of_states
        answers += [(exact + learner.entropy, not learner.bootstraps)] if own else []
    answers = [(exact, stops and bool((exact != answers[0][0]).any())) for exact, stops in answers]
    return min(answers, key=lambda answer: float(abs(learned - answer[0]).sum()))


def return_from_start(trial: Trial, gamma: float) -> NDArray[np.float64] | None:
    """``(1,)``: the return of a whole episode of one state under a time limit; None for other trials.

    A table may learn from the return at the first visit of an episode only, or from that of each visit, and
    an action that is seldom taken has its first visit late: all means in between are correct. Source: Sutton
    and Barto, "Reinforcement Learning" (2018), section 5.1.
    """
    limit = trial.mdp.time_limit
    if limit is None or len(trial.queried) > 1 or _random_returns(trial):
        return None
    ((_, reward),) = trial.mdp.step(next(iter(trial.mdp.start)), trial.mdp.actions[0])
    return np.array([reward / trial.unit * (1.0 - gamma**limit) / (1.0 - gamma)])


def _random_returns(trial: Trial) -> bool:
    """Whether a step from a start state is random, so that returns differ."""
    return any(len(trial.mdp.step(s, a)) > 1 for s in trial.mdp.start for a in trial.mdp.actions)


def _why(
    outcome: Outcome, runs: Sequence[Run], outcomes: Sequence[Outcome], method: Method, *, by_returns: bool
) -> str:
    if outcome == "pass":
        if by_returns:
            return "every value is within 5 % of a mean return of episodes"
        soft = f" soft one (entropy weight {method.temperature:.2g})" if method.warm else " exact one"
        return f"every value is within 5 % of the{soft}"
    if outcome == "fail":
        if any(run.diverged for run in runs):
            return "values diverged"
        settled = any(run.settled for run in runs)
        return "values converged to wrong numbers" if settled else "values moved to wrong numbers"
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
    wrong = far & gone & (run.steps >= WRONG_FROM_STEPS) if run.timed_out else far
    return "fail" if run.settled or must_arrive or wrong.any() else "undecided"
