"""Findings on the terminal: one line while the run goes on, a summary at its end."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

from rlprobe.monitors.findings.finding import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.described import Run
    from rlprobe.monitors.findings.finding import Finding

WIDTH = 80


def teller(stream: TextIO) -> Callable[[Finding], None]:
    """Prints each finding on a line of its own."""

    def tell(finding: Finding) -> None:
        print(line(finding, _width()), file=stream, flush=True)

    return tell


def _width() -> int:
    return max(60, shutil.get_terminal_size((WIDTH, 24)).columns)


def line(finding: Finding, width: int = WIDTH) -> str:
    """A finding on one line of at most ``width`` columns."""
    words = f"rlprobe: {finding}"
    return words if len(words) <= width else f"{words[: width - 3].rstrip()}..."


def summary(run: Run) -> str:
    """The verdict and every finding, wrapped to 80 columns."""
    parts = [f"rlprobe: {run.verdict} ({run.steps:,} environment steps, {run.seconds:.0f} s)"]
    for one in run.findings:
        parts.append(f"  {WORDS[one.severity]}: {one.id}, since step {one.since_step:,}")
        parts += _wrapped(f"{one.evidence}.")
        if one.severity != "note":
            parts += _wrapped(f"Look at {one.look_at}{'' if one.look_at.endswith('?') else '.'}")
            parts += _wrapped(f"Next: {one.next}")
    parts += [line for problem in run.problems for line in _wrapped(f"{problem}.")]
    return "\n".join(parts)


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(
        words, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
    )


def show(run: Run, stream: TextIO | None = None) -> None:
    """Print the summary."""
    print(summary(run), file=stream or sys.stderr, flush=True)
