"""Wrong choices on CashOut count only together: a known fault must explain all of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.inference.causes import causes_of
from rlprobe.diagnosis.inference.posterior import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.judging.result import Result

WHY = (
    "it chose the smaller value here, but no known fault explains this together with its other choices; "
    "a policy that settles early looks the same"
)
LEAST_CONFIDENCE = 0.2
"""Wrong choices that many faults explain, and none well, may as well come from a coarse approximation."""
MANY_FAILURES, LEAST_IF_MANY = 4, 0.1
"""So many wrong choices are no coarse approximation, if a fault explains all of them and others do too."""
ENOUGH_FAILURES = 3
"""So many wrong choices count if a fault explains all of them, even if a right one speaks against it."""


def without_unexplained_choices(results: Sequence[Result], until: float = math.inf) -> list[Result]:
    """The results; wrong choices that no known fault explains are undecided, if nothing else failed.

    Combinations of faults are tried until the time ``until``.
    """
    failed = [result for result in results if result.outcome == "fail"]
    if not failed or any(result.trial.name != CASH_OUT for result in failed):
        return list(results)
    evidence = Evidence(results, until=until)
    causes = causes_of(evidence, evidence.posterior())
    least = LEAST_IF_MANY if len(failed) >= MANY_FAILURES else LEAST_CONFIDENCE
    if causes and causes[0].confidence >= least:
        coverage = causes[0].coverage
        all_of_them = coverage.explained == len(failed)
        if all_of_them and (not coverage.contradicted or len(failed) >= ENOUGH_FAILURES):
            return list(results)
    return [
        replace(result, outcome="undecided", why=WHY) if result.outcome == "fail" else result
        for result in results
    ]
