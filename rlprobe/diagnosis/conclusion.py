"""The report from the results of a session."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.choices.unexplained import without_unexplained_choices
from rlprobe.diagnosis.inference.causes import causes_of, observed_causes
from rlprobe.diagnosis.inference.open_questions import open_questions, undeclared, with_overshoots
from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.diagnosis.judging.excuses import disturbed
from rlprobe.diagnosis.judging.method import method_of
from rlprobe.diagnosis.judging.verdict import verdict_of
from rlprobe.diagnosis.report.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.causes import Cause
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Failure

LOOKS_LIKE = {"target-never-synced": ("no-bootstrap",)}
"""Faults that teach the same values as one that was seen directly."""
OF_OTHER_STEPS = frozenset({"arrays-shuffled-apart", "time-env-axes-mixed"})
"""Faults of which it can be seen that actions are weighed with what belongs to other steps."""
SURE = 0.5
"""With this confidence, another fault explains that."""


def conclude(
    agent: str,
    results: Sequence[Result],
    failures: Sequence[tuple[str, Failure]] = (),
    *,
    interrupted: bool = False,
    memory: dict[Any, float] | None = None,
    until: float = math.inf,
) -> Report:
    """The report on an agent.

    Args:
        agent: its name.
        results: the result of each trial.
        failures: the labels of the trials in which it raised, each with the error.
        interrupted: whether the user stopped it.
        memory: likelihoods that are known already, as ``Evidence`` keeps them.
        until: the time after which no further combination of faults is tried, as in ``Evidence``.
    """
    results = without_unexplained_choices(results, until)
    runs = [run for result in results for run in result.runs]
    if not disturbed(runs, "everything"):
        results = with_overshoots(results)
    verdict = verdict_of(results, crashed=bool(failures), interrupted=interrupted)
    told = results
    if disturbed(runs, "actions"):
        told = [result for result in results if result.trial.probe.asks == "value"]
    if disturbed(runs, "everything"):
        told = []
    causes: list[Cause] = []
    missing: tuple[str, ...] = ()
    weighed = None
    if any(result.outcome == "fail" for result in told):
        evidence = Evidence(told, {} if memory is None or told is not results else memory, until)
        ranked = evidence.posterior()
        weighed = evidence, ranked
        causes = causes_of(evidence, ranked)
        missing = undeclared(evidence.run, causes)
    if seen := _apart_from(observed_causes(results), causes, told):
        known = {name for cause in seen for name in (cause.fault, *LOOKS_LIKE.get(cause.fault, ()))}
        verdict, causes = "faulty", [*seen, *(cause for cause in causes if cause.fault not in known)]
    return Report(
        agent=agent,
        verdict=verdict,
        seconds=0.0,
        results=tuple(results),
        causes=tuple(causes),
        crashes=tuple(failures),
        interrupted=interrupted,
        open_questions=tuple(open_questions(results if told else (), weighed)),
        undeclared=missing,
        method=method_of(runs),
    )


def _apart_from(seen: list[Cause], inferred: Sequence[Cause], told: Sequence[Result]) -> list[Cause]:
    """The faults that were seen, without weights of other steps where something else explains them.

    A reward that is stored one step late, for example, is that of another step as well. Advantages of other
    steps leave values right: where values are wrong too, something else is, unless it has the same name.
    """
    others = [one for one in inferred if one.fault not in OF_OTHER_STEPS]
    explained = any(one.confidence >= SURE for one in others)
    wrong = any(one.outcome == "fail" and one.trial.probe.asks == "value" for one in told)
    agrees = bool(inferred) and inferred[0].fault in OF_OTHER_STEPS
    left_out = OF_OTHER_STEPS if explained or (wrong and not agrees) else frozenset()
    return [one for one in seen if one.fault not in left_out]
