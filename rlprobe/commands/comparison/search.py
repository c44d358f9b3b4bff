"""``rlprobe search``: which hyperparameters matter?"""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING

from rlprobe.extras import MissingExtraError, need
from rlprobe.output.exit_codes import FOUND, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study

EXAMPLES = """examples:
  rlprobe search --read study.journal --html report.html
  rlprobe search --read trials.csv --metric score

exit codes: 0 a parameter matters, 1 a parameter never reaches the code,
            2 wrong usage, 3 no sign that any matters, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "--read", metavar="FILE", help="a study that exists: Optuna's journal or database, or a CSV of trials"
    )
    add("--study", metavar="NAME", help="name of the study, if the file holds several")
    add("--metric", metavar="NAME", help="the column of a CSV that holds the result")
    add("--minimise", action="store_true", help="small results of a CSV are good")
    add("--json", metavar="FILE", help="write the result as JSON, schema 1")
    add("--html", metavar="FILE", help="write the result as one self-contained page")


def run(args: argparse.Namespace) -> int:
    """Read or search; returns the exit code."""
    for path in (args.json, args.html):
        check_writable(path)
    if args.html:
        need("jinja2", "an HTML report")
    need("scipy", "rlprobe search")
    from rlprobe.search.concluding import conclude
    from rlprobe.search.reading import read

    if not args.read:
        raise ValueError("expected a study to read: rlprobe search --read study.journal")
    study = conclude(read(args.read, args.study, args.metric, minimise=args.minimise))
    _report(study, args)
    if study.trials.silent:
        return FOUND
    return HEALTHY if study.matters and not study.too_few else INCONCLUSIVE


def _report(study: Study, args: argparse.Namespace) -> None:
    from rlprobe.output.files import write_atomically
    from rlprobe.search.report.plain import write_json
    from rlprobe.search.report.terminal import lines, show

    if args.json:
        write_json(study, args.json)
    if args.html:
        from rlprobe.search.report.page import page

        write_atomically(args.html, page(study).encode())
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
        try:
            show(study, need("rich.console", "rlprobe search").Console())
        except MissingExtraError:
            print("\n".join(line for line, _ in lines(study)))  # noqa: T201
