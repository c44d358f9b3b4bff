"""``rlprobe search``: which hyperparameters matter?"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.commands.scripts import split_at_dashes
from rlprobe.extras import need
from rlprobe.output.exit_codes import FOUND, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study

EXAMPLES = """examples:
  rlprobe search train.py --param learning-rate=log:1e-5..1e-2 \\
    --param n-steps=pow2:32..4096 --budget 30m -- --env-id CartPole-v1
  rlprobe search --read study.journal --html report.html
  rlprobe search --read trials.csv --metric score

exit codes: 0 a parameter matters, 1 a parameter never reaches the code,
            2 wrong usage, 3 no sign that any matters, 130 interrupted
"""
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("script", nargs="?", metavar="train.py", help="the training script; its own arguments after --")
    add("--param", action="append", default=[], metavar="NAME=KIND:RANGE", help="a parameter and its range")
    add("--trials", type=int, default=50, metavar="N", help="trials in all (default 50)")
    add("--seeds", type=int, default=1, metavar="N", help="runs of each trial (default 1)")
    add("--budget", type=duration, default=1800.0, metavar="TIME", help="as 90s, 30m or 2h (default 30m)")
    add(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="runs at once (default: all cores)"
    )
    add(
        "--out",
        default="rlprobe-search",
        metavar="DIR",
        help="folder of the study and its runs; run again to continue",
    )
    add(
        "--read",
        metavar="FILE",
        help="a study you already have: Optuna's journal or database, or a CSV of trials",
    )
    add("--study", metavar="NAME", help="name of the study, if the file holds several")
    add(
        "--metric",
        metavar="NAME",
        help="the result: a column of the CSV, what the script prints or logs, or {out}/FILE that it writes",
    )
    add("--minimise", action="store_true", help="smaller results are better (CSV)")
    add("--json", metavar="FILE", help="write the result as JSON, schema 1")
    add("--html", metavar="FILE", help="write the result as one self-contained page")
    add("--no-progress", action="store_true", help="no progress bar")
    split_at_dashes(parser)


def duration(words: str) -> float:
    """Seconds of a time such as ``30m``.

    >>> duration("30m"), duration("1.5h"), duration("90")
    (1800.0, 5400.0, 90.0)
    """
    number, unit = (words[:-1], words[-1]) if words[-1:] in UNITS else (words, "s")
    try:
        seconds = float(number) * UNITS[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a time such as 90s, 30m or 2h, got {words!r}")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Read or search; returns the exit code."""
    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "an HTML report")
    need("scipy", "rlprobe search")
    if bool(args.read) == bool(args.script):
        raise ValueError(
            "expected a script with --param, or a study that exists: rlprobe search --read study.journal"
        )
    from rlprobe.search.concluding import conclude
    from rlprobe.search.reading import of_study, read

    if args.read:
        trials = read(args.read, args.study, args.metric, minimise=args.minimise)
    else:
        trials = of_study(_searched(args))
    study = conclude(trials)
    _report(study, args)
    if study.trials.silent:
        return FOUND
    return HEALTHY if study.matters and not study.too_few else INCONCLUSIVE


def _searched(args: argparse.Namespace) -> Any:
    """Run the trials; the study."""
    for name in ("trials", "seeds", "jobs"):
        if getattr(args, name) < 1:
            raise ValueError(f"--{name}: expected at least 1, got {getattr(args, name)}")
    for module in ("optuna", "joblib"):
        need(module, "rlprobe search")
    from rlprobe.search.trials.returns import is_file
    from rlprobe.search.trials.running import Search
    from rlprobe.search.trials.script import Script
    from rlprobe.search.trials.space import Range

    ranges = [Range.of(words) for words in args.param]
    names = [one.name for one in ranges]
    if not ranges or len(set(names)) < len(names):
        raise ValueError("expected each parameter once: --param learning-rate=log:1e-5..1e-2")
    if args.metric and is_file(args.metric) and "{out}" not in args.metric:
        raise ValueError(
            f"--metric {args.metric}: runs at the same time would write one file; expected a file in the "
            "folder of the run, such as {out}/result.json, and {out} among the script's arguments"
        )
    script = Script(args.script, tuple(args.script_args), args.metric)
    with Progress("searching", hidden=args.no_progress) as progress:
        return Search(
            script,
            ranges,
            Path(args.out),
            args.trials,
            args.seeds,
            args.jobs,
            args.budget,
            progress.update,
            lambda words: print(f"rlprobe: {words}", file=sys.stderr),  # noqa: T201
        ).run()


def _report(study: Study, args: argparse.Namespace) -> None:
    from rlprobe.output.files import write_atomically
    from rlprobe.search.report.plain import write_json
    from rlprobe.search.report.terminal import lines

    if args.json:
        write_json(study, args.json)
    if args.html:
        from rlprobe.search.report.page import page

        write_atomically(args.html, page(study).encode())
    say(lines(study))
