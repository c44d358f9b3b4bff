"""How much of what fails an explanation accounts for, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.inference.answers import shows_on
from rlprobe.diagnosis.inference.posterior import actor_of
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.judge import Result
    from rlprobe.diagnosis.inference.posterior import Evidence, Explanation
    from rlprobe.faults.declaration import Fault

MOST_IF_PARTIAL = 0.9
"""The most that a fault is believed in which explains some of the failing probes only, times their share."""
CONTRADICTED = 0.5
"""Factor of that for each passing probe that the fault would make fail."""


@dataclass(frozen=True)
class Coverage:
    """What an explanation accounts for.

    Args:
        explained: how many of the failing probes.
        failing: how many fail.
        contradicted: labels of the passing probes that would fail if it were so.
    """

    explained: int
    failing: int
    contradicted: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it explains everything that fails, and nothing speaks against it."""
        return self.explained == self.failing and not self.contradicted

    @property
    def most_confidence(self) -> float:
        """The most that it can be believed, whatever the numbers on single probes."""
        if self.complete:
            return 1.0
        share = self.explained / max(self.failing, 1)
        return MOST_IF_PARTIAL * share * CONTRADICTED ** len(self.contradicted)


def coverage_of(evidence: Evidence, explanation: Explanation) -> Coverage:
    """What ``explanation`` accounts for.

    A factor that is fitted to single values explains them only if it explains several values as well.
    """
    known = replace(explanation, unknown=False)
    fitted = any(form.any_unit for form in known.forms)
    explained = {result.trial.label: evidence.fits(known, result) for result in evidence.failed}
    if fitted:
        several = [result for result in evidence.failed if np.size(result.expected) > 1 and _is_value(result)]
        if not all(explained[result.trial.label] for result in several):
            single = [r.trial.label for r in evidence.failed if np.size(r.expected) == 1 and _is_value(r)]
            explained |= dict.fromkeys(single, False)
    against = [
        result.trial.label
        for result in evidence.results
        if result.outcome == "pass" and _is_judged(result) and not evidence.fits(known, result)
    ]
    return Coverage(sum(explained.values()), len(explained), tuple(against))


def matters(evidence: Evidence, explanation: Explanation, fault: Fault, result: Result) -> bool:
    """Whether ``fault`` changes what ``explanation`` predicts for a result, and away from what is right."""
    form = next(form for one, form in explanation.faults if one is fault)
    if not _is_judged(result) or not shows_on(form, result.trial):
        return False
    known = replace(explanation, unknown=False)
    rest = known.without(fault)
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


def _is_value(result: Result) -> bool:
    return result.trial.probe.asks == "value"


def _is_judged(result: Result) -> bool:
    return bool(result.runs) and result.outcome != "skipped" and result.trial.probe.asks != "exploration"
