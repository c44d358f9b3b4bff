"""``rlprobe compare``: is the difference between training runs real?"""

from __future__ import annotations

import argparse

from rlprobe.comparison.report.terminal import lines
from rlprobe.extras import need
from rlprobe.output.exit_codes import HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable
from rlprobe.output.terminal import say

EXAMPLES = """examples:
  rlprobe compare runs/ppo runs/sac
  rlprobe compare 'logs/ppo_*.csv' 'logs/sac_*.csv' --at auc --html report.html
  rlprobe compare runs/a runs/b runs/c --metric eval/mean_reward --json out.json
  rlprobe compare runs/ppo runs/sac --allow-failure

exit codes: 0 a clear difference, 2 wrong usage,
            3 noise or too few seeds, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "groups",
        nargs="+",
        metavar="RUNS",
        help="folder or pattern with the runs of one algorithm; at least two",
    )
    add("--metric", default="return", metavar="NAME", help="what is compared (default return)")
    add("--at", default="last10%", metavar="PART", help="last10%%, auc or step=N (default last10%%)")
    add(
        "--until-clear",
        action="store_true",
        help="compare at 5, 7, 10, 14 and 20 seeds only, and list the seeds to run next",
    )
    add(
        "--allow-failure",
        action="store_true",
        help="a difference must also hold if one more seed fails: needs about twice as many seeds",
    )
    add("--json", metavar="FILE", help="write the result as JSON, schema 1")
    add("--html", metavar="FILE", help="write the result as one self-contained page, with the curves")


def run(args: argparse.Namespace) -> int:
    """Compare; returns the exit code."""
    need("scipy", "rlprobe compare")
    from rlprobe.comparison import compare

    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "an HTML report")
    found = compare(
        *args.groups,
        metric=args.metric,
        at=args.at,
        until_clear=args.until_clear,
        allow_failure=args.allow_failure,
    )
    if args.json:
        found.to_json(args.json)
    if args.html:
        found.to_html(args.html)
    say(lines(found))
    clear = found.verdict in {"better", "worse"}
    return HEALTHY if clear else INCONCLUSIVE
