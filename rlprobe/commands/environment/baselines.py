"""``rlprobe baselines``: which method works here, in five minutes?"""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

from rlprobe.commands.env_args import ENV_ARG
from rlprobe.extras import MissingExtraError, need
from rlprobe.output.exit_codes import CRASHED, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    from rlprobe.baselines import Table

EXAMPLES = """examples:
  rlprobe baselines CartPole-v1 --minutes 1
  rlprobe baselines Pendulum-v1 --vs my_agent.py:make_agent --html table.html
  rlprobe baselines --env my_package.my_module:make_env --json table.json

exit codes: 0 a table, 2 wrong usage, 3 no method could be measured,
            4 the agent of --vs crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("id", nargs="?", metavar="ENV", help="id of a registered environment, e.g. CartPole-v1")
    add("--env", metavar="MODULE:MAKE", help="package.module:make_env or file.py:make_env, wrappers and all")
    add("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)
    add("--minutes", type=float, default=5.0, metavar="M", help="time for the whole table (default 5)")
    add("--jobs", type=int, default=2, metavar="J", help="processes at the same time (default 2)")
    add("--vs", metavar="AGENT", help="your agent: sb3:PPO, package.module:make_agent or file.py:make_agent")
    add("--fresh", action="store_true", help="measure again what is in the cache")
    add("--json", metavar="FILE", help="write the table as JSON, schema 1")
    add("--html", metavar="FILE", help="write the table with learning curves as one page")
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Measure the baselines; returns the exit code."""
    from rlprobe.baselines import baselines, cache
    from rlprobe.commands.targets import resolve
    from rlprobe.environments.opening import arguments_of, maker

    arguments = arguments_of(args.env_arg)
    make = maker(args.id, args.env, arguments)
    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "rlprobe baselines --html")
    vs = (args.vs, resolve(args.vs, defaults=True)) if args.vs else None
    name = args.id or args.env
    asked = {"env": name, "with": arguments, "minutes": args.minutes, "jobs": args.jobs, "vs": args.vs}
    kept = cache.place(asked, name, args.vs)
    table = None if args.fresh else cache.read(kept)
    if table is None:
        with Progress(f"baselines of {name}", hidden=args.no_progress) as progress:
            table = baselines(
                make, name=name, minutes=args.minutes, jobs=args.jobs, vs=vs, progress=progress.update
            )
        if table.rows and not table.crash:
            cache.write(kept, table)
    if args.json:
        table.to_json(args.json)
    if args.html:
        from rlprobe.baselines.report.page import page

        write_atomically(args.html, page(table).encode())
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
        _print(table)
    if table.crash:
        print(f"rlprobe: {args.vs}: the agent crashed: {table.crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    return HEALTHY if table.rows else INCONCLUSIVE


def _print(table: Table) -> None:
    from rlprobe.baselines.report.terminal import show, text

    try:
        console = need("rich.console", "rlprobe baselines").Console()
    except MissingExtraError:
        print(text(table))  # noqa: T201
        return
    show(table, console)
