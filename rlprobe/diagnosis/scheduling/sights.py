"""When a fault that was seen directly is an answer, so that further runs are not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.diagnosis.conclusion import OF_OTHER_STEPS
from rlprobe.diagnosis.workers import Task

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rlprobe.diagnosis.judging.result import Result

LEAST_JUDGED: Final = 6
"""So many probes are judged before a fault that was seen ends a diagnosis: a second mistake, which makes
values or actions wrong, shows on them."""
AGREE: Final = 2
"""A fault is an answer if it was seen in so many runs."""


def is_seen_for_sure(results: Sequence[Result]) -> bool:
    """Whether a fault was seen in two runs, while nothing failed on the probes that most faults make fail."""
    return _nothing_else(results) and any(len(where) >= AGREE for where in _sights(results).values())


def seen_once(results: Sequence[Result], repeated: Container[int]) -> Task | None:
    """A run with another seed on the shortest of the probes that have shown a fault in a single run.

    Args:
        results: the results so far.
        repeated: the numbers of the trials that were begun again for this, and may not have ended.
    """
    if not _nothing_else(results) or is_seen_for_sure(results):
        return None
    shown = (i for where in _sights(results).values() for i in where)
    once = [i for i in shown if len(results[i].runs) == 1 and i not in repeated]
    if not once:
        return None
    number = min(once, key=lambda i: results[i].steps)
    return Task(number, results[number].trial, results[number].runs[0].seed + 1)


def _nothing_else(results: Sequence[Result]) -> bool:
    outcomes = [result.outcome for result in results if result.tells]
    return "fail" not in outcomes and outcomes.count("pass") >= LEAST_JUDGED


def _sights(results: Sequence[Result]) -> dict[str, list[int]]:
    """The numbers of the trials whose runs have shown each fault, one for each run.

    Weights of other steps are left out: something else may explain them.
    """
    found: dict[str, list[int]] = {}
    for i, result in enumerate(results):
        for run in result.runs:
            for name in {name for name, _ in run.observed} - OF_OTHER_STEPS:
                found.setdefault(name, []).append(i)
    return found
