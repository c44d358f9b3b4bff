"""``rlprobe inspect``: is this environment ready to learn from?"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import sys

from rlprobe.commands.env_args import add_environment
from rlprobe.output.files import check_writable
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

EXAMPLES = """examples:
  rlprobe inspect CartPole-v1
  rlprobe inspect HalfCheetah-v5 --gamma 0.995 --html report.html
  rlprobe inspect --env my_package.my_module:make_env --json report.json

exit codes: 0 clean, 1 something harmful was flagged, 2 wrong usage,
            130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add_environment(parser)
    add("--steps", type=int, metavar="N", help="steps to play (default: what --seconds allows)")
    add(
        "--seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="time for the whole inspection; half of it is random play (default 30)",
    )
    add("--gamma", type=float, default=0.99, help="discount that the agent will use (default 0.99)")
    add("--dt", type=float, metavar="S", help="seconds of the environment's own time per action")
    add("--seed", type=int, default=0, help="seed of the first episode (default 0)")
    add("--timeout", type=float, default=20.0, metavar="S", help="a longer call counts as hung (default 20)")
    add("--json", metavar="FILE", help="write the report as JSON, schema 1")
    add("--html", metavar="FILE", help="write the report as one self-contained page")
    add("--no-checkers", action="store_true", help="leave out the checkers of Gymnasium and SB3")
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Inspect the environment; returns the exit code."""
    from rlprobe.environments.opening import arguments_of, maker
    from rlprobe.inspection.report.terminal import lines
    from rlprobe.inspection.run import inspect

    make = maker(args.id, args.env, arguments_of(args.env_arg))
    for path in (args.json, args.html):
        check_writable(path)
    _draw_without_screen()
    with Progress(f"inspecting {args.id or args.env}", hidden=args.no_progress) as progress:
        report = inspect(
            make,
            gamma=args.gamma,
            dt=args.dt,
            steps=args.steps,
            seconds=args.seconds,
            timeout=args.timeout,
            seed=args.seed,
            checkers=not args.no_checkers,
            pictures=bool(args.html),
            progress=progress.update,
        )
    if args.json:
        report.to_json(args.json)
    if args.html:
        report.to_html(args.html)
    say(lines(report))
    return report.exit_code


def _draw_without_screen() -> None:
    """Let MuJoCo draw on a machine without a screen, where the library for it is installed."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not screen and ctypes.util.find_library("EGL"):
        os.environ.setdefault("MUJOCO_GL", "egl")
