"""``rlprobe map``: what does the value function look like, and where does the policy go?"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.commands import scripts
from rlprobe.commands.env_args import add_own, blaming_environment
from rlprobe.commands.environment.map_training import STEPS, train
from rlprobe.extras import need
from rlprobe.output.exit_codes import CRASHED, HEALTHY
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

if TYPE_CHECKING:
    from rlprobe.maps.findings import Findings

EXAMPLES = """examples:
  rlprobe map Pendulum-v1 sb3:SAC --steps 10000 --html map.html
  rlprobe map MountainCar-v0 my_agent.py:make_agent --every 10% --png map.png
  rlprobe map --env my_envs.py:make_env my_agent.py:make_agent
  rlprobe map Pendulum-v1 train.py -- --seed {seed}

exit codes: 0 a map, 2 wrong usage, 4 the agent crashed, 130 interrupted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "names",
        nargs="*",
        metavar="ENV AGENT",
        help="environment id (not with --env), and the agent: train.py (unchanged; its own arguments "
        "after --), sb3:PPO, module:make_agent, file.py:make_agent",
    )
    add_own(parser)
    add(
        "--every",
        default="5%",
        metavar="N%",
        help="a moment every 5%% of training (default), or every N steps",
    )
    add("--grid", type=int, default=101, metavar="N", help="points along each number (default 101)")
    add(
        "--gamma",
        type=float,
        metavar="G",
        help="discount of agent and exact answer (default: the agent's, if it has one, else 0.99)",
    )
    add("--steps", type=int, metavar="N", help=f"environment steps of training (default {STEPS})")
    add(
        "--axes",
        type=int,
        nargs=2,
        metavar=("I", "J"),
        help="which two numbers of the observation span the map",
    )
    add("--seed", type=int, default=0, help="seed of the agent (default 0)")
    add("--html", metavar="FILE", help="write the maps as one page with a slider")
    add("--png", metavar="FILE", help="write the maps of four moments as a picture")
    add("--video", metavar="FILE", help="write all moments as .gif or .mp4")
    add("--npz", metavar="FILE", help="write all arrays")
    add("--json", metavar="FILE", help="write numbers and sentences as JSON, schema 1")
    add("--no-progress", action="store_true", help="no progress bar")
    scripts.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train and draw; returns the exit code."""
    from rlprobe.environments.opening import arguments_of, maker
    from rlprobe.maps import Recorder
    from rlprobe.maps.report.terminal import lines

    args.id, target = _names(args)
    make = maker(args.id, args.env, arguments_of(args.env_arg))
    for path in (args.html, args.png, args.video, args.npz, args.json):
        check_writable(path)
    if args.html or args.png or args.video:
        need("matplotlib", "rlprobe map --html")
    if args.html:
        need("jinja2", "rlprobe map --html")
    share = _every(args.every)
    make_agent = scripts.agent(args, target, steps=args.steps or STEPS)
    assert make_agent is not None
    name = args.id or args.env
    axes = None if args.axes is None else (args.axes[0], args.axes[1])
    with Progress(f"mapping {name}", hidden=args.no_progress) as progress:
        progress.update(0, 1, "the exact answer")
        gamma = 0.99 if args.gamma is None else args.gamma
        with blaming_environment():
            recorder = Recorder(make(), gamma=gamma, grid=args.grid, components=axes, name=name)
        crash, notes = train(recorder, make_agent, args, share, progress.update)
        returns = recorder.exact.returns(make()) if recorder.exact is not None else None
    if recorder.exact is not None and recorder.steps >= 1_000 and not recorder.ends:
        notes.append(f"no episode ended in {recorder.steps:,} steps: returns are those of 1,000 steps")
    shown = scripts.shown(args, target)
    findings = recorder.findings()
    if crash and not recorder.steps:  # nothing is to be said of an agent that has done nothing
        findings = replace(findings, sentences=(), moments=())
    findings = replace(findings, returns=returns, agent=shown, crash=crash, notes=tuple(notes))
    _write(findings, args)
    say(lines(findings))
    if crash:
        print(f"rlprobe: {shown}: the agent crashed: {crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    return HEALTHY


def _names(args: argparse.Namespace) -> tuple[str | None, str | None]:
    """The id of the environment, and the agent; None for those that ``--env`` and ``-m`` name."""
    names = list(args.names)
    wanted = [*([] if args.env else ["ENV"]), *([] if args.package else ["AGENT"])]
    if len(names) != len(wanted):
        raise ValueError(
            f"expected {' and '.join(wanted) or 'neither ENV nor AGENT'}, got {len(names)}: {' '.join(names)}"
        )
    return None if args.env else names.pop(0), None if args.package else names.pop(0)


def _every(text: str) -> float:
    """A share of training from ``5%``, or a number of steps."""
    try:
        number = float(text.rstrip("%"))
    except ValueError:
        number = 0.0
    if (
        not 0 < number < float("inf")
        or (text.endswith("%") and number > 100)
        or (not text.endswith("%") and number < 1)
    ):
        raise ValueError(f"--every: expected a share such as 5% or a number of steps, got {text!r}")
    return number / 100 if text.endswith("%") else number


def _write(findings: Findings, args: argparse.Namespace) -> None:
    if args.json:
        findings.to_json(args.json)
    if args.npz:
        findings.to_npz(args.npz)
    if not findings.moments:
        return
    if args.html:
        from rlprobe.maps.report.page import page

        write_atomically(args.html, page(findings).encode())
    if args.png:
        from rlprobe.maps.report.picture import write_png

        write_png(findings, args.png)
    if args.video:
        from rlprobe.maps.report.picture import video

        video(findings, args.video)
