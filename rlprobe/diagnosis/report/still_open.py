"""What is still open: the undecided probes, and the command that may decide them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.diagnosis.wording import listed, numbers

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.open_questions import OpenQuestion
    from rlprobe.diagnosis.report.findings import Findings

BUDGETS_S = (60, 120, 300, 600, 1_200, 3_600)
RETRY_TIMES_LONGER = 4.0
"""The suggested budget gives an undecided run this many times as long."""


def open_lines(report: Findings) -> list[str]:
    """The undecided probes with their reasons, one line per reason; empty for a healthy agent."""
    if report.verdict == "healthy":
        return []
    reasons: dict[str, list[str]] = {}
    crashed = {label for label, _ in report.crashes}
    for question in report.open_questions:
        if question.result.trial.label in crashed:  # said above
            continue
        reasons.setdefault(_why_open(question), []).append(question.result.trial.label)
    return [f"{listed(labels)}: {why}" for why, labels in reasons.items()]


def _why_open(question: OpenQuestion) -> str:
    """Why a probe is undecided, and the fault that its values are close to."""
    result = question.result
    if result.learned is None or result.trial.probe.asks != "value":
        return result.why
    line = f"{numbers(result.learned)}, expected {numbers(result.expected)}; {result.why}"
    if question.predicted is None:
        return line
    predicted = numbers(question.predicted.mean)
    return f"{line}. Not converged, but close to what {question.near} predicts: {predicted}"


def command(report: Findings) -> str:
    """The command that may decide the undecided probes; empty if more training would not help."""
    open_ = [one.result for one in report.open_questions]
    names = list(dict.fromkeys(r.trial.name for r in open_ if "--budget" in r.why or "--seeds" in r.why))
    if not names or report.verdict == "healthy":
        return ""
    needed = RETRY_TIMES_LONGER * sum(max(result.seconds, 1.0) for result in open_)
    least = max(needed, 2.0 * float(report.settings.get("budget", 0.0)))
    budget = next((one for one in BUDGETS_S if one >= least), BUDGETS_S[-1])
    seeds = max(3, int(report.settings.get("seeds", 3)))
    everything = {r.trial.name for r in report.results if r.trial.probe.asks != "exploration"} <= set(names)
    if not report.target:
        only = "" if everything else f"only={names}, "
        return f"rlprobe.diagnose(make_agent, {only}seeds={seeds}, budget={budget})"
    only = "" if everything else f" --only {' '.join(names)}"
    return f"rlprobe diagnose {report.target}{only} --seeds {seeds} --budget {budget}"
