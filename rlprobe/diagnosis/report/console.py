"""The report on a terminal: the verdict and causes first, then one line per probe."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.report.notes import MARK, expected, learned, measured, share
from rlprobe.diagnosis.report.remarks import headline, notes
from rlprobe.diagnosis.report.still_open import command, open_lines
from rlprobe.diagnosis.wording import listed
from rlprobe.extras import MissingExtraError, need

if TYPE_CHECKING:
    from rlprobe.diagnosis.report.findings import Findings

WIDTH = 80
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
    if (table := _table(report)).row_count:
        console.print(table)
    for line, style in _open(report):
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    found = [line for sentence in measured(report) for line in _wrap(sentence, "  ")]
    for line in ["", "Measured, not judged:", *found] if found else []:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(report: Findings) -> list[tuple[str, str]]:
    """The verdict and the causes, one ``(line, style)`` per line."""
    word, style = HEADLINE[report.verdict]
    count = f"{report.steps:,} steps in {report.seconds:.0f} s"
    lines = [(f"{report.agent}: {word}  ({count})", style)]
    for labels, failure in report.different_crashes:
        what = f"The agent crashed on {listed(labels)}: {failure.error}"
        lines += [(line, "red") for line in _wrap(what, "  ")]
        if failure.place:
            lines.append((f"  at {failure.place}", "red"))
    if report.interrupted:
        lines.append(("  Interrupted: these are the results so far.", "yellow"))
    lines += [(line, "bold") for line in _wrap(headline(report), "  ")]
    for i, cause in enumerate(report.causes):
        head = f"{i + 1}. {cause.fault}  ({cause.component}, {share(cause.confidence)})"
        lines += [("", ""), (head, "bold")]
        lines += [(line, "") for line in _wrap(cause.summary, "   ")]
        lines += [(line, "yellow") for limit in cause.limits for line in _wrap(limit, "   ")]
        lines += [(line, "") for sentence in cause.evidence for line in _wrap(sentence, "   - ")]
        lines += [(line, "bold") for line in _wrap(f"Look at {cause.look_at}.", "   ")]
    said = [(line, "") for note in notes(report) for line in _wrap(note, "  ")]
    if report.causes and said:
        lines.append(("", ""))
    return [*lines, *said, ("", "")]


def _open(report: Findings) -> list[tuple[str, str]]:
    """The undecided probes with their reasons, and the command that may decide them."""
    found = [(line, "yellow") for one in open_lines(report) for line in _wrap(one, "  ")]
    further = command(report)
    lines = [("", ""), ("Undecided:", "yellow"), *found] if found else []
    return [*lines, ("To decide them:", ""), (f"  {further}", "bold")] if further else lines


def _table(report: Findings) -> Any:
    table = need("rich.table", "rlprobe diagnose").Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", width=4, no_wrap=True)
    table.add_column("probe", overflow="fold", max_width=28)
    table.add_column("expected", overflow="fold", max_width=21)
    table.add_column("learned", overflow="fold", max_width=21)
    Text = need("rich.text", "rlprobe diagnose").Text
    for result in report.results:
        unsuited = result.runs and result.runs[0].unsuited
        if result.trial.probe.asks == "exploration" or unsuited or result.spared:
            continue
        mark = Text(MARK[result.outcome], style=COLOUR[result.outcome])
        table.add_row(mark, result.trial.label, expected(result), learned(result))
    return table


def _wrap(sentence: str, indent: str) -> list[str]:
    return textwrap.wrap(
        sentence, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )


def _short(report: Findings) -> str:
    lines = [line for line, _ in _lines(report)]
    rows = [f"{MARK[r.outcome]:5}{r.trial.label:30.30} {learned(r)}" for r in report.results]
    return "\n".join([*lines, *rows, *(line for line, _ in _open(report))])
