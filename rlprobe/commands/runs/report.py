"""``rlprobe report``: the page of a training run, also of one that was run without us."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rlprobe.output.exit_codes import FOUND, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable, write_atomically

EXAMPLES = """examples:
  rlprobe report rlprobe-runs/train-20250101-120000
  rlprobe report logs/progress.csv --html page.html
  rlprobe report runs/CartPole-v1__ppo__1 --json verdict.json

Reads a folder of `rlprobe run`, a CSV such as SB3's progress.csv, or a folder
of TensorBoard events; of those, what can be judged from the logged numbers.

exit codes: 0 healthy, 1 worth a look or broken, 2 wrong usage, 3 too early
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("place", metavar="DIR|FILE", help="folder of a run, progress.csv, or folder of TensorBoard events")
    add("--html", metavar="FILE", help="write the page here (default: report.html in the folder)")
    add("--json", metavar="FILE", help="write the verdict as JSON, schema 1")


def run(args: argparse.Namespace) -> int:
    """Read the run and write its page; returns the exit code."""
    from rlprobe.monitors.report.page import page
    from rlprobe.monitors.report.reading import read
    from rlprobe.monitors.report.terminal import show
    from rlprobe.monitors.writing import PAGE, verdict_json

    place = Path(args.place)
    target = args.html or str((place if place.is_dir() else place.parent) / PAGE)
    past = read(place)
    for path in (target, args.json):
        check_writable(path)
    write_atomically(target, page(past).encode())
    if args.json:
        write_atomically(args.json, json.dumps(verdict_json(past), indent=1).encode())
    show(past, sys.stdout)
    print(f"rlprobe: {target}")  # noqa: T201
    return {"healthy": HEALTHY, "too early": INCONCLUSIVE}.get(past.verdict, FOUND)
