"""``rlprobe ladder``: on which easier version of the task does the agent come to life?"""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

from rlprobe.commands.env_args import ENV_ARG
from rlprobe.extras import MissingExtraError, need
from rlprobe.output.exit_codes import CRASHED, FOUND, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    from rlprobe.ladder import Climb

EXAMPLES = """examples:
  rlprobe ladder MountainCar-v0
  rlprobe ladder MountainCar-v0 --phi my_potential.py:phi --agent sb3:DQN
  rlprobe ladder --env my_module:make_env --agent my_agent.py:make_agent

exit codes: 0 signs of life on every rung, 1 a rung without, 2 wrong usage,
            3 time was up before, 4 the agent crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("id", nargs="?", metavar="ENV", help="id of a registered environment, e.g. CartPole-v1")
    add("--env", metavar="MODULE:MAKE", help="package.module:make_env or file.py:make_env, wrappers and all")
    add("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)
    add(
        "--agent",
        metavar="AGENT",
        help="sb3:PPO, module:make_agent or file.py:make_agent (default: linear policies)",
    )
    add(
        "--phi",
        metavar="MODULE:PHI",
        help="a potential, from an observation to a number: a rung with a dense reward",
    )
    add("--features", metavar="MODULE:FN", help="from an observation to numbers: a rung without pixels")
    add("--gamma", type=float, default=0.99, help="discount of agent and shaping (default 0.99)")
    add(
        "--steps",
        type=int,
        default=10_000,
        metavar="N",
        help="steps of training per seed and rung (default 10000)",
    )
    add("--seeds", type=int, default=3, metavar="N", help="seeds per rung (default 3)")
    add("--minutes", type=float, default=10.0, metavar="M", help="time for the whole ladder (default 10)")
    add("--json", metavar="FILE", help="write the ladder as JSON, schema 1")
    add("--no-progress", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Climb the ladder; returns the exit code."""
    from rlprobe.commands.targets import resolve
    from rlprobe.environments.opening import arguments_of, maker
    from rlprobe.environments.user_code import load
    from rlprobe.ladder import climb

    make = maker(args.id, args.env, arguments_of(args.env_arg))
    check_writable(args.json)
    form = "expected package.module:function or path/file.py:function"
    functions = {
        name: load(target, form, f"{name}(observation)")
        for name, target in (("phi", args.phi), ("features", args.features))
        if target
    }
    chosen = {"make_agent": resolve(args.agent, defaults=True), "agent": args.agent} if args.agent else {}
    name = args.id or args.env
    with Progress(f"ladder of {name}", hidden=args.no_progress) as progress:
        found = climb(
            make,
            name=name,
            gamma=args.gamma,
            steps=args.steps,
            seeds=args.seeds,
            minutes=args.minutes,
            progress=progress.update,
            **functions,
            **chosen,
        )
    if args.json:
        found.to_json(args.json)
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
        _print(found)
    if found.crash:
        print(f"rlprobe: {found.agent}: the agent crashed: {found.crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    if found.results and not found.results[-1].alive:
        return FOUND
    return INCONCLUSIVE if found.left else HEALTHY


def _print(found: Climb) -> None:
    from rlprobe.ladder.report import show, text

    try:
        console = need("rich.console", "rlprobe ladder").Console()
    except MissingExtraError:
        print(text(found))  # noqa: T201
        return
    show(found, console)
