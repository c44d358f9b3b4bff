"""The verdict from the results of all trials: healthy, faulty or inconclusive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.judging.result import Result

Verdict = Literal["healthy", "faulty", "inconclusive"]


def verdict_of(results: Sequence[Result], *, crashed: bool = False, interrupted: bool = False) -> Verdict:
    """The verdict on an agent.

    It is faulty if one probe fails. It is healthy if some probe passed, no basic probe is open (constants,
    discount, truncation, termination, actions), at most a third of the judged probes and at most half of the
    action probes are undecided, none failed in the only run that there was time for, and nothing crashed or
    was interrupted. Otherwise it is inconclusive.
    Exploration probes do not count as judged.

    Args:
        results: the result of each trial.
        crashed: whether the agent raised an error.
        interrupted: whether the user stopped the diagnosis.
    """
    judged = [r for r in results if r.trial.probe.asks != "exploration"]
    if any(result.outcome == "fail" for result in results):
        return "faulty"
    undecided = [result for result in judged if is_open(result)]
    acted = [r.outcome == "undecided" for r in judged if r.trial.probe.asks == "action"]
    too_open = len(undecided) > len(judged) / 3 or sum(acted) > len(acted) / 2
    basic_open = any(result.trial.is_basic or result.unconfirmed for result in undecided)
    passed = any(result.outcome == "pass" for result in judged)
    open_ = crashed or interrupted or not passed or too_open or basic_open
    return "inconclusive" if open_ else "healthy"


def is_open(result: Result) -> bool:
    """Whether a judged probe is open: undecided, not read, or not run because time was up."""
    return (
        result.outcome == "undecided"
        or result.unread
        or (not result.runs and not result.left_out and not result.spared)
    )
