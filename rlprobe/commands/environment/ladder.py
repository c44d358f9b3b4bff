"""``rlprobe ladder``: on which easier version of the task does the agent come to life?"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from rlprobe.commands import scripts
from rlprobe.commands.env_args import add_environment, blaming_environment
from rlprobe.output.exit_codes import CRASHED, FOUND, HEALTHY, INCONCLUSIVE
from rlprobe.output.files import check_writable
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

EXAMPLES = """examples:
  rlprobe ladder MountainCar-v0
  rlprobe ladder MountainCar-v0 --phi my_potential.py:phi --agent sb3:DQN
  rlprobe ladder --env my_module:make_env --agent my_agent.py:make_agent
  rlprobe ladder CartPole-v1 --agent train.py -- --env-id CartPole-v1

exit codes: 0 signs of life on every rung, 1 a rung without, 2 wrong usage,
            3 time was up before, 4 the agent crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add_environment(parser)
    add(
        "--agent",
        metavar="AGENT",
        help="train.py (unchanged; its own arguments after --), sb3:PPO, module:make_agent "
        "or file.py:make_agent (default: linear policies)",
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
    scripts.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Climb the ladder; returns the exit code."""
    from rlprobe.environments.opening import arguments_of, maker
    from rlprobe.environments.user_code import load
    from rlprobe.ladder import climb
    from rlprobe.ladder.report import lines

    make = maker(args.id, args.env, arguments_of(args.env_arg))
    check_writable(args.json)
    form = "expected package.module:function or path/file.py:function"
    functions: dict[str, Any] = {
        name: load(target, form, f"{name}(observation)")
        for name, target in (("phi", args.phi), ("features", args.features))
        if target
    }
    make_agent = scripts.agent(args, args.agent, steps=args.steps)
    scripts.check(make_agent, make)
    chosen: dict[str, Any] = {}
    if make_agent is not None:
        chosen = {"make_agent": make_agent, "agent": scripts.shown(args, args.agent)}
    name = args.id or args.env
    with Progress(f"ladder of {name}", hidden=args.no_progress) as progress, blaming_environment():
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
    say(lines(found))
    if found.crash:
        print(f"rlprobe: {found.agent}: the agent crashed: {found.crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    if found.results and not found.results[-1].alive:
        return FOUND
    return INCONCLUSIVE if found.left else HEALTHY
