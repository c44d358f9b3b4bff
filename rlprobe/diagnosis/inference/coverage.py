"""How many failing probes an explanation explains, and which passing probes contradict it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT, best_choices, foretold
from rlprobe.diagnosis.choices.weighing import choices_differ
from rlprobe.diagnosis.inference.answers import shows_on
from rlprobe.diagnosis.inference.predictions import actor_of
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.posterior import Evidence, Explanation
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.faults.declaration import Fault
    from rlprobe.faults.fixed_point import Values

MOST_IF_PARTIAL = 0.9
"""A fault that explains only a share of the failing probes gets at most this confidence, times the share
squared: what leaves two of four failures open may well be a part of something else."""
CONTRADICTION_FACTOR = 0.5
"""Factor on that limit for each passing probe that the fault would make fail."""


@dataclass(frozen=True)
class Coverage:
    """What an explanation explains.

    Args:
        explained: number of failing probes that it explains.
        failing: number of failing probes.
        contradicted: labels of passing probes that would fail under the explanation.
    """

    explained: int
    failing: int
    contradicted: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it explains all failures and no passing probe contradicts it."""
        return self.explained == self.failing and not self.contradicted

    @property
    def most_confidence(self) -> float:
        """The limit on its confidence, between 0 and 1."""
        if self.complete:
            return 1.0
        share = self.explained / max(self.failing, 1)
        return MOST_IF_PARTIAL * share**2 * CONTRADICTION_FACTOR ** len(self.contradicted)


def coverage_of(evidence: Evidence, explanation: Explanation) -> Coverage:
    """What ``explanation`` explains, of the failing probes of which it says anything.

    A fitted factor or offset explains any single value. So single values count as explained only if the fault
    explains all failing probes with several values.
    """
    known = replace(explanation, unknown=False)
    fitted = any(form.free for form in known.forms)
    explained = {
        result.trial.label: evidence.fits(known, result)
        for result in evidence.failed
        if _is_foretold(evidence, known, result)
    }
    if fitted:
        several = [result for result in evidence.failed if np.size(result.expected) > 1 and _is_value(result)]
        if not all(explained.get(result.trial.label, True) for result in several):
            single = [r.trial.label for r in evidence.failed if np.size(r.expected) == 1 and _is_value(r)]
            explained |= dict.fromkeys(single, False)
    against = [
        result.trial.label
        for result in evidence.results
        if result.outcome == "pass" and _is_judged(result) and not evidence.fits(known, result)
    ]
    return Coverage(sum(explained.values()), len(explained), tuple(against))


def matters(evidence: Evidence, explanation: Explanation, fault: Fault, result: Result) -> bool:
    """Whether ``fault`` changes what ``explanation`` predicts for a result, away from the expected values."""
    form = next(form for one, form in explanation.faults if one is fault)
    if not _is_judged(result) or not shows_on(form, result.trial):
        return False
    known = replace(explanation, unknown=False)
    rest = known.without(fault)
    if result.trial.name == CASH_OUT:
        mine, right = foretold(known, result.trial), best_choices(result.trial, known.learner.gamma)
        return choices_differ(mine, right) and mine != foretold(rest, result.trial)
    if not _is_value(result):
        actor = actor_of(known, result)
        return actor not in {"best", actor_of(rest, result)}
    with_it, without = evidence.predicted(known, result), evidence.predicted(rest, result)
    if not with_it.stable or not np.isfinite(with_it.mean).all() or not with_it.known.all():
        return True
    near = tolerance(np.asarray(result.expected))
    off = (abs(with_it.mean - result.expected) > near).any()
    moved = not without.stable or (abs(with_it.mean - without.mean) > near).any()
    return bool(off and moved)


def _is_foretold(evidence: Evidence, known: Explanation, result: Result) -> bool:
    """Whether the explanation says anything of a result: values left untrained may be anything."""
    return not _is_value(result) or bool(evidence.predicted(known, result).known.any())


def _is_value(result: Result) -> bool:
    return result.trial.probe.asks == "value"


def _is_judged(result: Result) -> bool:
    return bool(result.runs) and result.outcome != "skipped" and result.trial.probe.asks != "exploration"


def is_definite(result: Result, predicted: Values) -> bool:
    """Whether some value is predicted to be another number than the exact one, to grow, or to be late."""
    if result.trial.must_arrive_in_time:
        return True
    with np.errstate(invalid="ignore"):
        off = ~(abs(predicted.mean - result.expected) <= tolerance(np.asarray(result.expected)))
    return not predicted.stable or bool((predicted.known & off).any())
