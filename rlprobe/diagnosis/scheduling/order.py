"""Which run tells most next, and when the answer is clear without further runs."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT, foretold
from rlprobe.diagnosis.choices.weighing import choices_differ
from rlprobe.diagnosis.inference.coverage import coverage_of
from rlprobe.diagnosis.inference.predictions import actor_of
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.method import Method
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.run import Run, may_be_monte_carlo
from rlprobe.diagnosis.training.rhythm import WATCHED_ON
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.choices.chosen import Entered
    from rlprobe.diagnosis.inference.explanation import Explanation, Weighed
    from rlprobe.diagnosis.inference.posterior import Evidence
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.diagnosis.workers import Task

FIRST = (
    "Constant", "ContextBandit", "BoxTarget", "CashOut", "TruncBoot", "Decoder", "RewardSet", "BoxTarget2D",
    "JointAction", "ActionOrder",
)  # fmt: skip
"""The probes to begin with: a critic at all, an actor at all, then those that most faults make fail."""
CERTAIN_ABOVE = 0.95
"""Probability above which an explanation counts as certain."""
LEAST_FAILED, LEAST_JUDGED = 2, 6
"""An answer is clear only if so many runs failed as it predicts, and so many probes were judged in all."""
MOST_COMPARED = 12
"""Number of explanations whose predictions are compared, the most probable ones."""
STEPS_IF_RIGHT, STEPS_IF_WRONG, STEPS_IF_UNSOLVED = 650, 2_000, 6_000
"""Typical steps of a run that ends with the exact values or the best actions, of one that ends with other
values, and of one that does not find the best actions."""
DISTINCT_TOLERANCES = 3.0
"""Predictions differ if they are this many tolerances apart."""


def in_first_order(tasks: Sequence[Task]) -> list[Task]:
    """The tasks in the order in which they run as long as no probe has failed.

    Where choices stand for values, the probes of values take no time, and come first.
    """
    place = {name: i for i, name in enumerate(FIRST)}
    blind = any(task.trial.name == CASH_OUT for task in tasks)

    def key(task: Task) -> tuple[bool, int, bool]:
        takes_time = not blind or task.trial.probe.asks != "value"
        return takes_time, place.get(task.trial.name, len(FIRST)), task.trial.setting.num_envs > 1

    return sorted(tasks, key=key)


def is_certain(evidence: Evidence, ranked: Sequence[Weighed]) -> bool:
    """Whether one known fault, or several together, certainly explain every failure."""
    best = ranked[0][0]
    if not best.faults or best.unknown:
        return False
    chance = sum(weight for e, weight in ranked if e.name == best.name and not e.unknown)
    return chance > CERTAIN_ABOVE and all(evidence.fits(best, result) for result in evidence.failed)


def is_clear(
    evidence: Evidence,
    ranked: Sequence[Weighed],
    *,
    least_failed: int = LEAST_FAILED,
    least_judged: int = LEAST_JUDGED,
) -> bool:
    """Whether further runs would not change the answer.

    One explanation is certain, at least ``least_failed`` runs failed as it predicts, it contradicts no probe
    that passed, and at least ``least_judged`` probes show that. Values that grow without bound, and match no
    fault of the catalogue, are an answer too.
    """
    runs = sum(len(result.runs) for result in evidence.failed)
    judged = sum(result.tells and result.outcome in {"pass", "fail"} for result in evidence.results)
    enough = runs >= least_failed and judged >= least_judged
    if enough and sum(weight for e, weight in ranked if e.wild) > CERTAIN_ABOVE:
        return True
    return enough and is_certain(evidence, ranked) and coverage_of(evidence, ranked[0][0]).complete


def by_what_they_tell(tasks: list[Task], evidence: Evidence, ranked: Sequence[Weighed]) -> None:
    """Sort the tasks: first the ones on which probable explanations differ most, per step of learning.

    What a task tells is the probability that two explanations drawn from the posterior differ on it.
    """
    compared = [(e, weight) for e, weight in ranked if not e.unknown][:MOST_COMPARED]
    tasks.sort(key=lambda task: -_told(task.trial, compared, evidence))


def _told(trial: Trial, ranked: Sequence[Weighed], evidence: Evidence) -> float:
    """The probability that two explanations differ on ``trial``, per step."""
    result = _blank(trial, evidence)
    each = [_foretold(evidence, e, result) for e, _ in ranked]
    weights = np.array([weight for _, weight in ranked])
    pairs = combinations(range(len(ranked)), 2)
    differ = sum(weights[i] * weights[j] for i, j in pairs if _differ(each[i], each[j], result))
    right = _foretold(evidence, evidence.healthy, result)
    wrong = float(sum(w for w, one in zip(weights, each, strict=True) if _differ(one, right, result)))
    longest = STEPS_IF_WRONG if trial.probe.asks == "value" else STEPS_IF_UNSOLVED
    return float(differ) / (STEPS_IF_RIGHT + (longest - STEPS_IF_RIGHT) * wrong)


def _blank(trial: Trial, evidence: Evidence) -> Result:
    """A result of a trial before its run, for an agent of the kind that earlier runs showed."""
    known, count = evidence.run, len(trial.observed.queried)
    assert known is not None
    exact = np.zeros(0)
    if trial.probe.asks == "value":
        exact = trial.exact(Learner(gamma=known.gamma))
    run = Run(
        seed=0,
        steps=0,
        seconds=0.0,
        gamma=known.gamma,
        lam=known.lam,
        loss=known.loss,
        rollout=known.rollout,
        n_step=known.n_step,
        initial=np.zeros(count),
    )
    return Result(trial=trial, runs=(run,), outcome="skipped", expected=exact, learned=np.full(count, np.nan))


Prediction: TypeAlias = "str | Entered | NDArray[np.float64]"


def _foretold(evidence: Evidence, explanation: Explanation, result: Result) -> Prediction:
    """What an explanation predicts for a trial: the kind of actor, choices, or values.

    Choices are None, and values NaN, where it predicts none.
    """
    if result.trial.name == CASH_OUT:
        return foretold(explanation, result.trial)
    if result.trial.probe.asks != "value":
        return actor_of(explanation, result)
    values = evidence.predicted(explanation, result)
    if not values.stable or not np.isfinite(values.mean).all():
        return "diverges"
    return np.where(values.known, values.mean, np.nan)


def _differ(one: Prediction, other: Prediction, result: Result) -> bool:
    """Whether two predictions are so far apart that a run would tell them apart."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return choices_differ(one, other)
    if isinstance(one, str | tuple) or isinstance(other, str | tuple):
        return not (isinstance(one, str) and isinstance(other, str) and one == other)
    return bool((abs(one - other) > DISTINCT_TOLERANCES * tolerance(np.asarray(result.expected))).any())


def method_may_excuse(results: Sequence[Result], waiting: Sequence[Trial]) -> bool:
    """Whether a run that is still to come may show that values are returns of whole episodes.

    Such returns stop at a time limit, and that is no fault.

    Args:
        results: those so far.
        waiting: the trials without a run.
    """
    runs = (run for result in results for run in result.runs)
    if not all(may_be_monte_carlo(run.rollout, run.on_policy, run.lam) for run in runs):
        return False
    if not any(trial.name == WATCHED_ON for trial in waiting):
        return False
    by_returns = Method(monte_carlo=True)
    failed = [result for result in results if result.outcome == "fail"]
    return any(judge(one.trial, list(one.runs), by_returns).outcome == "pass" for one in failed)
