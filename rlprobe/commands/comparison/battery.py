"""``rlprobe battery``: has an agent become worse on a well-known problem since the last time?"""

from __future__ import annotations

import argparse
import os
from functools import partial

from rlprobe.extras import need
from rlprobe.output.exit_codes import CRASHED, FOUND, HEALTHY
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress

EXAMPLES = """examples:
  rlprobe battery sb3:PPO --json saved.json
  rlprobe battery sb3:PPO --against saved.json --html report.html
  rlprobe battery agent.py:make_agent --only CartPole Acrobot --seeds 10

exit codes: 0 nowhere clearly worse, 1 worse on a problem than the last time,
            2 wrong usage, 4 no problem could be learned, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "agent", metavar="AGENT", help="sb3:PPO, contrib:TQC, package.module:make_agent or file.py:make_agent"
    )
    add("--against", metavar="FILE", help="compare with a file that --json wrote before")
    add("--only", nargs="+", default=[], metavar="PROBLEM", help="only these problems")
    add("--seeds", type=int, default=6, metavar="N", help="runs on each problem (default 6)")
    add("--steps", type=int, metavar="N", help="steps of each run (default: by problem)")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (default: all cores)")
    add("--budget", type=float, default=3600.0, metavar="SECONDS", help="wall time (default 3600)")
    add("--json", metavar="FILE", help="write the curves and the changes, for the next --against")
    add(
        "--html",
        metavar="FILE",
        help="write one self-contained page with the curves before and after",
    )
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Measure and compare; returns the exit code."""
    need("scipy", "rlprobe battery")
    from rlprobe.battery.changes import changes
    from rlprobe.battery.problems import chosen
    from rlprobe.battery.report import lines
    from rlprobe.battery.running import measure
    from rlprobe.battery.saved import Saved
    from rlprobe.commands.targets import resolve

    for name in ("seeds", "jobs"):
        if getattr(args, name) < 1:
            raise ValueError(f"--{name}: expected at least 1, got {getattr(args, name)}")
    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "an HTML report")
    before = Saved.read(args.against) if args.against else None
    problems = chosen(args.only, args.steps)
    resolve(args.agent, defaults=True)  # now, and not in every process
    with Progress("battery", hidden=args.no_progress) as progress:
        now = measure(
            partial(resolve, defaults=True),
            args.agent,
            problems,
            seeds=args.seeds,
            jobs=args.jobs,
            budget=args.budget,
            progress=progress.update,
        )
    changed = changes(now, before) if before else []
    if args.json:
        now.write(args.json, changes={one.env: one.change for one in changed})
    if args.html:
        from rlprobe.battery.page import page

        write_atomically(args.html, page(now, changed, before).encode())
    print("\n".join(lines(now, changed, before)))  # noqa: T201
    if not now.curves:
        return CRASHED
    return FOUND if any(one.change == "worse" for one in changed) else HEALTHY
