"""``rlprobe run``: run a training script as it is, and say whether it is healthy."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rlprobe.output.exit_codes import FOUND, HEALTHY, INTERRUPTED
from rlprobe.output.files import check_writable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from rlprobe.monitors import Watch
    from rlprobe.scripts.launch import Launch

EXAMPLES = """examples:
  rlprobe run train.py
  rlprobe run --out runs/a train.py --env-id CartPole-v1 --seed 3
  rlprobe run --fail-on broken -m package.train

Options of rlprobe come before the script, its own arguments after it.
DIR/verdict.json, DIR/run.jsonl and DIR/report.html are written while it runs
and at its end. New findings are printed on standard error, one line each.

exit code: that of the script; with --fail-on, 1 if the script ended with 0 and
the verdict is as bad
"""
FOLDER = "rlprobe-runs"
BAD = {"broken": ("broken",), "look": ("broken", "look here")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("--out", metavar="DIR", help=f"folder for the results (default: a new one in {FOLDER}/)")
    add("--fail-on", choices=sorted(BAD), help="exit code 1 for a run that is broken, or worth a look")
    add("--every", type=int, default=10, metavar="N", help="measure at every N-th update (default 10)")
    add("--json", metavar="FILE", help="write the verdict to this file too, schema 1")
    add("--quiet", action="store_true", help="print nothing")
    add("-m", dest="is_module", action="store_true", help="the script is a module, as for `python -m`")
    add("script", metavar="train.py", help="the training script, or the module after -m")
    add("args", nargs=argparse.REMAINDER, metavar="...", help="its own arguments")


def run(args: argparse.Namespace) -> int:
    """Run the script; returns its exit code."""
    from rlprobe.monitors import watch
    from rlprobe.monitors.report.terminal import show, teller
    from rlprobe.scripts.launch import Launch

    script = Launch(args.script, tuple(args.args), is_module=args.is_module)
    name = script.path.name  # raises now if there is no such script
    check_writable(args.json)
    stream = sys.stderr
    seen = watch(
        args.out or _new_folder(script.path.stem),
        every=args.every,
        tell=None if args.quiet else teller(stream),
        name=name,
    )
    pid = os.getpid()
    code = _watched(script, seen)
    if os.getpid() != pid:  # a copy of this process that the script has made
        return code
    if args.json:
        seen.write_verdict(args.json)
    if not args.quiet:
        with contextlib.suppress(OSError, ValueError):  # the script may have closed it
            show(seen, stream)
            _say_where(seen, stream)
    bad = args.fail_on and seen.verdict in BAD[args.fail_on]
    return FOUND if bad and code == HEALTHY else code


def _say_where(seen: Watch, stream: TextIO) -> None:
    page = seen.page
    if page is not None:
        print(f"rlprobe: {os.path.relpath(page)}", file=stream, flush=True)


def _new_folder(stem: str) -> str:
    """A folder that is not there yet."""
    base = Path(FOLDER) / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    number, path = 1, base
    while path.exists():
        number, path = number + 1, base.with_name(f"{base.name}-{number}")
    return str(path)


def _watched(script: Launch, seen: Watch) -> int:
    """Run the script to its end, its threads included; the exit code that Python would give."""
    from rlprobe.scripts.launch import launch

    ended_by: str | None = None
    seen.__enter__()
    try:
        launch(script)
        _join_threads()
        code = HEALTHY
    except SystemExit as stop:
        _join_threads()
        code = _code_of(stop)
    except KeyboardInterrupt as stop:
        ended_by, code = "Ctrl-C", INTERRUPTED
        _print(stop, script)
    except BaseException as error:  # noqa: BLE001 - printed as Python does
        ended_by, code = f"{type(error).__name__}: {error}", 1
        _print(error, script)
    finally:
        seen.close(ended_by)
    return code


def _code_of(stop: SystemExit) -> int:
    if stop.code is None:
        return HEALTHY
    if isinstance(stop.code, int):
        return stop.code & 0xFF
    print(stop.code, file=sys.stderr)  # noqa: T201 - as Python does
    return 1


def _join_threads() -> None:
    """Wait for threads that are not daemons, as Python does before it ends."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _print(error: BaseException, script: Launch) -> None:
    """Print the traceback, as the script itself would: from its first line on."""
    trace: TracebackType | None = error.__traceback__
    path = str(script.path)
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    sys.stdout.flush()
    sys.excepthook(type(error), error.with_traceback(trace), trace)
