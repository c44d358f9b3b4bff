"""The report on a terminal: what is wrong first, then every probe on a line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.inference.causes import best_actions, chosen_actions, numbers
from rlprobe.extras import MissingExtraError, need

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.judge import Result
    from rlprobe.diagnosis.report.findings import Findings

WIDTH = 80
MARK = {"pass": "ok", "fail": "FAIL", "undecided": "?", "skipped": "-"}
COLOUR = {"pass": "green", "fail": "bold red", "undecided": "yellow", "skipped": "dim"}
HEADLINE = {
    "healthy": ("healthy", "bold green"),
    "faulty": ("faulty", "bold red"),
    "inconclusive": ("inconclusive", "bold yellow"),
}


def text(report: Findings) -> str:
    """The report as plain text of at most 80 columns; a short one where ``rich`` is not installed."""
    try:
        console = need("rich.console", "the full report").Console(width=WIDTH, color_system=None, record=True)
    except MissingExtraError:
        return _short(report)
    with console.capture() as captured:
        show(report, console)
    return str(captured.get()).rstrip()


def show(report: Findings, console: Any = None) -> None:
    """Print the report on a ``rich`` console."""
    console = console or need("rich.console", "rlprobe diagnose").Console()
    for line, style in _lines(report):
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    console.print(_table(report))
    found = [line for sentence in measured(report) for line in _wrap(sentence, "  ")]
    for line in ["", "Measured, not judged:", *found] if found else []:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(report: Findings) -> list[tuple[str, str]]:
    """The verdict and the causes, one ``(line, style)`` per line."""
    word, style = HEADLINE[report.verdict]
    count = f"{report.steps:,} steps in {report.seconds:.0f} s"
    lines = [(f"{report.agent}: {word}  ({count})", style)]
    if report.crash:
        where, failure = report.crash
        lines += [(line, "red") for line in _wrap(f"The agent crashed on {where}: {failure.error}", "  ")]
        if failure.place:
            lines.append((f"  at {failure.place}", "red"))
    if report.interrupted:
        lines.append(("  Interrupted: this is what was known so far.", "yellow"))
    for i, cause in enumerate(report.causes):
        head = f"{i + 1}. {cause.fault}  ({cause.component}, {share(cause.confidence)})"
        lines += [("", ""), (head, "bold")]
        lines += [(line, "") for line in _wrap(cause.summary, "   ")]
        lines += [(line, "") for sentence in cause.evidence for line in _wrap(sentence, "   - ")]
        lines += [(line, "bold") for line in _wrap(f"Look at {cause.look_at}.", "   ")]
    lines += [(line, "") for note in notes(report) for line in _wrap(note, "  ")]
    return [*lines, ("", "")]


def share(confidence: float) -> str:
    """A probability in words; never certainty.

    >>> share(0.5), share(0.999)
    ('50 %', 'over 99 %')
    """
    return f"{100 * confidence:.0f} %" if confidence < 0.995 else "over 99 %"


def notes(report: Findings) -> list[str]:
    """What the reader has to know besides the causes."""
    found = [NAMELESS] if report.verdict == "faulty" and not report.causes else []
    silent = any(r.why == "the agent shows no values" for r in report.results)
    return [*found, NO_VALUES] if silent else found


NAMELESS = (
    "The failing probes below match no fault in the catalogue, and no two of them together. Start with the "
    "first one that fails: `rlprobe explain PROBE` says what it isolates."
)
NO_VALUES = (
    "The agent shows no values, so only its actions could be judged. With a method value(observations) "
    "or q_values(observations) most faults in targets and buffers can be named as well."
)


def _table(report: Findings) -> Any:
    table = need("rich.table", "rlprobe diagnose").Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", width=4, no_wrap=True)
    table.add_column("probe", overflow="fold", max_width=28)
    table.add_column("right", overflow="fold", max_width=21)
    table.add_column("learned", overflow="fold", max_width=21)
    Text = need("rich.text", "rlprobe diagnose").Text
    for result in report.results:
        if result.trial.probe.asks == "exploration":
            continue
        mark = Text(MARK[result.outcome], style=COLOUR[result.outcome])
        table.add_row(mark, result.trial.label, expected(result), learned(result))
    return table


def expected(result: Result) -> str:
    """The right answer in a cell."""
    if result.expected is None:
        return ""
    values = result.trial.probe.asks == "value"
    return numbers(result.expected) if values else best_actions(result.expected)


def learned(result: Result) -> str:
    """What was learned in a cell."""
    if result.learned is None:
        return ""
    return numbers(result.learned) if result.trial.probe.asks == "value" else chosen_actions(result.learned)


def measured(report: Findings) -> list[str]:
    """How far exploration and credit reach, one sentence per probe."""
    by_name: dict[str, list[Result]] = {}
    for result in report.results:
        if result.trial.probe.asks == "exploration" and result.runs:
            by_name.setdefault(result.trial.name, []).append(result)
    lines = []
    for name, results in by_name.items():
        solved = [_size(r) for r in results if r.outcome == "pass"]
        tried = [_size(r) for r in results]
        chance = f"random play succeeds once in {2 ** max(solved or tried):,} episodes there"
        if name == "DelayedCredit":
            chance = "random play succeeds every second time"
        reach = f"solved up to {max(solved)}" if solved else "none solved"
        lines.append(f"{name}: {reach} of {', '.join(map(str, tried))} ({chance})")
    return lines


def _size(result: Result) -> int:
    options = result.trial.options
    return int(options.get("size", options.get("delay", 0)))


def _wrap(sentence: str, indent: str) -> list[str]:
    return textwrap.wrap(
        sentence, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )


def _short(report: Findings) -> str:
    lines = [line for line, _ in _lines(report)]
    rows = [f"{MARK[r.outcome]:5}{r.trial.label:30.30} {learned(r)}" for r in report.results]
    return "\n".join([*lines, *rows])
