"""``rlprobe diagnose``: run an agent on the probes and name the fault."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.commands import scripts
from rlprobe.extras import need
from rlprobe.output.exit_codes import WRONG_USAGE
from rlprobe.output.files import check_writable
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    from rlprobe.agent import MakeAgent
    from rlprobe.diagnosis.run import Failure

EXAMPLES = """examples:
  rlprobe diagnose train.py
  rlprobe diagnose train.py -- --env-id CartPole-v1 --seed {seed}
  rlprobe diagnose -m package.train -- --learning-rate 3e-3
  rlprobe diagnose sb3:PPO
  rlprobe diagnose path/to/agent.py:make_agent --seeds 5 --json report.json
  rlprobe diagnose package.module:make_agent --only TruncBoot Decoder
  rlprobe diagnose sb3:PPO --only ScaledObservation --wrap NormalizeAll

exit codes: 0 healthy, 1 fault found, 2 wrong usage, 3 inconclusive,
            4 the agent crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "target",
        nargs="?",
        help="train.py (unchanged; its own arguments after --), sb3:PPO, contrib:TQC, "
        "package.module:make_agent or file.py:make_agent",
    )
    add("--seeds", type=int, default=3, metavar="N", help="most seeds per probe (default 3)")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: all cores)")
    add("--budget", type=float, default=110.0, metavar="SECONDS", help="wall time (default 110)")
    add("--gamma", type=float, default=0.9, help="discount that the agent should use (default 0.9)")
    for option, what, help_text in (
        ("--only", "PROBE", "run only these probes"),
        ("--wrap", "WRAPPER", "put NormalizeAll, RewardScale, FrameSkip around the environment"),
    ):
        add(option, action="extend", nargs="+", default=[], metavar=what, help=help_text)
    add(
        "--defaults",
        action="store_true",
        help="sb3, contrib, scripts: keep their own hyperparameters (slower)",
    )
    add("--full", action="store_true", help="run every probe with every seed, even when the answer is clear")
    scripts.add_arguments(parser).add_argument(
        "--steps", type=int, metavar="N", help="environment steps after which a run gives up (default 12000)"
    )
    add("--json", metavar="FILE", help="write the report as JSON, schema 1")
    add("--html", metavar="FILE", help="write the report as one self-contained page")
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Diagnose the target; returns the exit code."""
    from rlprobe.commands.targets import resolve
    from rlprobe.diagnosis.report.console import show
    from rlprobe.diagnosis.session import diagnose
    from rlprobe.diagnosis.training.subject import Subject
    from rlprobe.diagnosis.wrapped_agent import wrapped, wrapper

    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "rlprobe diagnose --html")  # now, and not after training
    make_agent: MakeAgent | Subject = scripts.subject(args) or resolve(args.target, defaults=args.defaults)
    if args.wrap:
        if isinstance(make_agent, Subject):
            raise ValueError("--wrap: a script wraps its environment itself; edit it there")
        make_agent = wrapped(make_agent, [wrapper(name) for name in args.wrap])
    with Progress("diagnosing", hidden=args.no_progress) as progress:
        report = diagnose(
            make_agent,
            seeds=args.seeds,
            gamma=args.gamma,
            budget=args.budget,
            jobs=args.jobs,
            only=[name for given in args.only for name in given.split(",") if name],
            full=args.full,
            progress=progress.update,
        )
    named = ["-m", args.package] if args.package else [args.target]
    typed = [*named, *(["--wrap", *args.wrap] if args.wrap else []), *["--defaults"] * args.defaults]
    report = replace(report, target=" ".join(typed))
    if args.json:
        report.to_json(args.json)
    if args.html:
        report.to_html(args.html)
    if report.exit_code != WRONG_USAGE:
        with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
            show(report)
    if report.crash:
        _complain(report.crash, debug=args.debug)
    return report.exit_code


def _complain(crash: tuple[str, Failure], *, debug: bool) -> None:
    """One line on standard error about an agent that crashed or returned invalid answers."""
    where, failure = crash
    what = "" if failure.unreadable else "the agent crashed: "
    place = f" ({failure.place})" if failure.place else ""
    line = " ".join(f"rlprobe: {where}: {what}{failure.error}{place}".split())
    print((debug and failure.trace) or line, file=sys.stderr)  # noqa: T201
