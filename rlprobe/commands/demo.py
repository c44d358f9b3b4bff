"""``rlprobe demo``: a healthy agent and the same agent with a fault, diagnosed in under a minute."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rlprobe.extras import need
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    import argparse

    from rlprobe.agent import MakeAgent
    from rlprobe.diagnosis.report.report import Report

PROBES = ("Constant", "Decoder", "TimeLimitLoop", "TruncBoot", "ContextBandit")
BUDGET_S = 60.0
"""Longest wall time of each of the two diagnoses; on an idle machine they take a few seconds."""

FIRST = """\
A probe is an environment so small that its exact values are known. An agent
that learns other values has a fault, and each fault leads to its own wrong
values. First the reference agent, a PPO of about 200 lines, on five probes."""

SECOND = """\
Every value is as expected. Now the same agent with one line changed: its
targets use `done` instead of `terminated`, so a time limit looks like the end
of the task. Its learning curve would only be a little lower."""

LAST = """\
The report names the fault, the numbers that give it away, and where to look.
Next: `rlprobe diagnose sb3:PPO`, or your own agent:
`rlprobe diagnose path/to/agent.py:make_agent`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.epilog = "example: rlprobe demo"
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Show both diagnoses; returns 0 if both verdicts are as expected."""
    console = need("rich.console", "rlprobe demo").Console()
    need("torch", "rlprobe demo")
    from rlprobe.commands.demo_agent import make_faulty, make_healthy

    verdicts = []
    for words, make_agent in ((FIRST, make_healthy), (SECOND, make_faulty)):
        report = _told(console, words, make_agent, hidden=args.no_progress)
        if report.interrupted or report.crash:
            return report.exit_code
        verdicts.append(report.verdict)
    console.print("\n" + LAST, markup=False, highlight=False)
    return 0 if verdicts == ["healthy", "faulty"] else 3


def _told(console: Any, words: str, make_agent: MakeAgent, *, hidden: bool) -> Report:
    from rlprobe.diagnosis.report.console import show
    from rlprobe.diagnosis.session import diagnose

    console.print("\n" + words + "\n", markup=False, highlight=False)
    with Progress("training", hidden=hidden) as progress:
        report = diagnose(
            make_agent,
            seeds=2,
            budget=BUDGET_S,
            jobs=os.cpu_count() or 1,
            only=PROBES,
            progress=progress.update,
        )
    show(report, console)
    return report
