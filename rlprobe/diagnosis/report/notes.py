"""The sentences and cells that terminal and page share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.choices.weighing import chosen_in_words, worth_in_words
from rlprobe.diagnosis.probe_settings import settings_of, size_of
from rlprobe.diagnosis.wording import best_actions, chosen_actions, listed, numbers

if TYPE_CHECKING:
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.report.findings import Findings

MARK: Final = {"pass": "ok", "fail": "FAIL", "undecided": "?", "skipped": "-"}


def share(confidence: float) -> str:
    """A probability as text; never 100 %.

    >>> share(0.5), share(0.999)
    ('50 %', 'over 99 %')
    """
    return f"{100 * confidence:.0f} %" if confidence < 0.995 else "over 99 %"


def in_short(report: Findings) -> str:
    """The verdict, the most probable causes and the failing probes, in about 200 characters."""
    causes = ", ".join(f"{cause.fault} {share(cause.confidence)}" for cause in report.causes[:2])
    words = f"{report.agent}: {report.verdict}" + (f", {causes}" if causes else "")
    failed = [result.trial.label for result in report.results if result.outcome == "fail"]
    open_ = [one.result.trial.label for one in report.open_questions]
    for what, labels in (("fails", failed), ("open", open_)):
        if labels:
            words += f"; {what} {', '.join(labels[:3])}" + (
                f" and {len(labels) - 3} more" if labels[3:] else ""
            )
    return words


def expected(result: Result) -> str:
    """The expected answer, for a cell of the table."""
    if result.expected is None:
        return ""
    values = result.trial.probe.asks == "value"
    if result.trial.name == CASH_OUT:
        return worth_in_words(result.trial, result.runs)
    return numbers(result.expected) if values else best_actions(result.expected)


def learned(result: Result) -> str:
    """What was learned, for a cell of the table."""
    if result.learned is None:
        return ""
    if result.trial.name == CASH_OUT:
        return chosen_in_words(result.trial, result.runs)
    return numbers(result.learned) if result.trial.probe.asks == "value" else chosen_actions(result.learned)


def measured(report: Findings) -> list[str]:
    """How far exploration and credit assignment reach, one sentence per probe."""
    by_name: dict[str, list[Result]] = {}
    for result in report.results:
        if result.trial.probe.asks == "exploration" and any(run.steps for run in result.runs):
            by_name.setdefault(result.trial.name, []).append(result)
    lines = []
    for name, results in by_name.items():
        solved = [size_of(r.trial.options) for r in results if r.outcome == "pass"]
        tried = [size_of(r.trial.options) for r in results]
        chance = settings_of(name).chance(max(solved or tried))
        reach = f"solved up to size {max(solved)}" if solved else "none solved"
        lines.append(f"{name}: {reach}, tried {listed(map(str, tried))} ({chance})")
    return lines
