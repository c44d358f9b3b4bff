"""``rlprobe baselines``: which method works here, in five minutes?"""

from __future__ import annotations

import argparse
import sys

from rlprobe.commands import scripts
from rlprobe.commands.env_args import add_environment
from rlprobe.extras import need
from rlprobe.output.exit_codes import CRASHED, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

EXAMPLES = """examples:
  rlprobe baselines CartPole-v1 --minutes 1
  rlprobe baselines Pendulum-v1 --vs my_agent.py:make_agent --html table.html
  rlprobe baselines CartPole-v1 --vs train.py -- --learning-rate 1e-3
  rlprobe baselines --env my_package.my_module:make_env --json table.json

exit codes: 0 a table, 2 wrong usage, 3 no method could be measured,
            4 the agent of --vs crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add_environment(parser)
    add("--minutes", type=float, default=5.0, metavar="M", help="time for the whole table (default 5)")
    add("--jobs", type=int, default=2, metavar="J", help="processes at the same time (default 2)")
    add(
        "--vs",
        metavar="AGENT",
        help="your agent: train.py (unchanged; its own arguments after --), sb3:PPO, "
        "package.module:make_agent or file.py:make_agent",
    )
    add("--fresh", action="store_true", help="measure again, without the cache")
    add("--json", metavar="FILE", help="write the table as JSON, schema 1")
    add("--html", metavar="FILE", help="write the table with learning curves as one page")
    add("--no-progress", action="store_true", help="no progress bar")
    scripts.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure the baselines; returns the exit code."""
    from rlprobe.baselines import baselines, cache
    from rlprobe.baselines.report.terminal import lines
    from rlprobe.environments.opening import arguments_of, maker

    arguments = arguments_of(args.env_arg)
    make = maker(args.id, args.env, arguments)
    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "rlprobe baselines --html")
    named = args.vs or args.package
    make_agent = scripts.agent(args, args.vs)
    vs = (scripts.shown(args, args.vs), make_agent) if make_agent is not None else None
    name = args.id or args.env
    asked = {"env": name, "with": arguments, "minutes": args.minutes, "jobs": args.jobs, "vs": named}
    asked |= {key: getattr(args, key) for key in scripts.ONLY_FOR_SCRIPTS if getattr(args, key)}
    kept = cache.place(asked, name, named)
    table = None if args.fresh else cache.read(kept)
    if table is None:
        scripts.check(make_agent, make)
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
    say(lines(table))
    if table.crash:
        print(f"rlprobe: {scripts.shown(args, args.vs)}: the agent crashed: {table.crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    return HEALTHY if table.rows else INCONCLUSIVE
