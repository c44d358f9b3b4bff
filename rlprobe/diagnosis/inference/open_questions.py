"""Which probes stay undecided, which fault they point to, and which attributes would decide more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.inference.posterior import Evidence, Explanation
from rlprobe.diagnosis.judging.verdict import is_open
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.causes import Cause
    from rlprobe.diagnosis.inference.explanation import Weighed
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.faults.fixed_point import Values

DISTINCT_FROM_TOLERANCES = 3.0
"""A fault is pointed to only if its prediction is this many tolerances away from the exact values."""
CERTAIN_ABOVE = 0.9
"""Above this probability of one explanation, no further attributes are asked for."""
LEAST_PROBES = 2
"""So many probes must agree with one fault before values that still move count."""
ATTRIBUTES = ("gae_lambda", "rollout_length", "on_policy", "loss")


@dataclass(frozen=True, eq=False)
class OpenQuestion:
    """An undecided probe.

    Args:
        result: its result.
        near: id of the fault whose prediction its values are close to; empty if there is none.
        predicted: the values that this fault predicts.
    """

    result: Result
    near: str = ""
    predicted: Values | None = None


def open_questions(
    results: Sequence[Result], weighed: tuple[Evidence, Sequence[Weighed]] | None = None
) -> list[OpenQuestion]:
    """The undecided probes that count, each with the fault that its values point to, if any.

    It is the fault that fits all probes best, not only this one.

    Args:
        results: the result of each trial.
        weighed: the evidence and its ranked explanations, if they are known already.
    """
    left = [r for r in results if r.trial.probe.asks != "exploration" and is_open(r)]
    if not any(_moving(result) for result in left):
        return [OpenQuestion(result) for result in left]
    if weighed is None:
        evidence = Evidence(results)
        weighed = evidence, evidence.posterior(most_faults=1)
    evidence, ranked = weighed
    return [_near(evidence, ranked, result) if _moving(result) else OpenQuestion(result) for result in left]


def _moving(result: Result) -> bool:
    """Whether its values are undecided and have left the initial ones; others point to nothing."""
    if result.trial.probe.asks != "value" or result.outcome != "undecided" or result.excused:
        return False
    near = tolerance(np.asarray(result.expected))
    return any(
        run.values is not None
        and run.initial is not None
        and bool((abs(run.values - run.initial) > near).any())
        for run in result.runs
    )


def _near(evidence: Evidence, ranked: Sequence[Weighed], result: Result) -> OpenQuestion:
    healthy = Explanation(evidence.learners[0])
    if evidence.fits(healthy, result):
        return OpenQuestion(result)
    passed = [one for one in evidence.results if one.outcome == "pass" and one.tells]
    for explanation, _ in ranked:
        if len(explanation.faults) != 1 or explanation.unknown or explanation.forms[0].free:
            continue
        if not all(evidence.fits(explanation, one) for one in passed):
            continue
        predicted = evidence.predicted(explanation, result)
        if not (predicted.stable and np.isfinite(predicted.mean).all() and predicted.known.all()):
            continue
        off = abs(predicted.mean - result.expected) > DISTINCT_FROM_TOLERANCES * tolerance(
            np.asarray(result.expected)
        )
        closer = abs(result.learned - predicted.mean).sum() < abs(result.learned - result.expected).sum()
        if off.any() and closer and evidence.fits(explanation, result):
            return OpenQuestion(result, explanation.faults[0][0].id, predicted)
    return OpenQuestion(result)


def undeclared(run: Run | None, causes: Sequence[Cause]) -> tuple[str, ...]:
    """The attributes that the agent does not have and that would narrow the causes.

    None if a cause is certain that explains everything.
    """
    sure = bool(causes) and causes[0].coverage.complete and causes[0].confidence > CERTAIN_ABOVE
    if run is None or sure:
        return ()
    said = {
        "gae_lambda": run.lam,
        "rollout_length": run.rollout,
        "on_policy": run.on_policy,
        "loss": run.loss,
    }
    missing = [name for name in ATTRIBUTES if said[name] is None]
    if run.on_policy is False or run.lam == 0:
        missing = [name for name in missing if name not in {"gae_lambda", "rollout_length", "on_policy"}]
    return tuple(missing)


def with_overshoots(results: Sequence[Result]) -> Sequence[Result]:
    """The results, where values that still move have failed if only a fault leads to where they are.

    On its way, a correct critic passes values between its first ones and the exact ones, and so does one with
    a fault. But where one value lies beyond both, and all values of two probes are those that one fault
    predicts, no correct critic is on its way there.

    Args:
        results: the result of each trial; where one has failed, they stay as they are.
    """
    if any(result.outcome == "fail" for result in results):
        return results
    questions = [one for one in open_questions(results) if one.near and _agrees(one)]
    near = Counter(one.near for one in questions)
    name = next((one.near for one in questions if near[one.near] >= LEAST_PROBES and _goes_past(one)), "")
    failed = {id(one.result) for one in questions if name and one.near == name}
    return [replace(one, outcome="fail", why="") if id(one) in failed else one for one in results]


def _agrees(question: OpenQuestion) -> bool:
    """Whether every value is the predicted one."""
    assert question.predicted is not None
    predicted = np.asarray(question.predicted.mean)
    return bool((abs(question.result.learned - predicted) <= tolerance(predicted)).all())


def _goes_past(question: OpenQuestion) -> bool:
    """Whether a value is predicted to lie beyond both its first and its exact one."""
    assert question.predicted is not None
    exact = np.asarray(question.result.expected)
    ways = [exact, *(run.initial for run in question.result.runs if run.initial is not None)]
    low, high = np.min(ways, axis=0), np.max(ways, axis=0)
    far, predicted = DISTINCT_FROM_TOLERANCES * tolerance(exact), np.asarray(question.predicted.mean)
    return bool(((predicted < low - far) | (predicted > high + far)).any())
