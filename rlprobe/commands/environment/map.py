"""``rlprobe map``: what does the value function look like, and where does the policy go?"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlprobe.commands.env_args import ENV_ARG
from rlprobe.extras import MissingExtraError, need
from rlprobe.output.exit_codes import CRASHED, HEALTHY
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.agent import Agent, MakeAgent
    from rlprobe.maps import Recorder
    from rlprobe.maps.findings import Findings

EXAMPLES = """examples:
  rlprobe map Pendulum-v1 sb3:SAC --steps 10000 --html map.html
  rlprobe map MountainCar-v0 my_agent.py:make_agent --every 10% --png map.png
  rlprobe map --env my_envs.py:make_env my_agent.py:make_agent

exit codes: 0 a map, 2 wrong usage, 4 the agent crashed, 130 interrupted
"""
STEPS: Final = 20_000
MOST_TRAINING_S: Final = 600.0
"""Without --steps, training is cut to what the environment's own steps allow in this time."""
IDLE_CALLS: Final = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add(
        "names",
        nargs="+",
        metavar="ENV AGENT",
        help="environment id (not with --env), and the agent: sb3:PPO, module:make_agent, file.py:make_agent",
    )
    add("--env", metavar="MODULE:MAKE", help="package.module:make_env or file.py:make_env, wrappers and all")
    add("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)
    add(
        "--every",
        default="5%",
        metavar="N%",
        help="a moment every 5%% of training (default), or every N steps",
    )
    add("--grid", type=int, default=101, metavar="N", help="points along each number (default 101)")
    add("--gamma", type=float, default=0.99, help="discount of the agent and of the reference (default 0.99)")
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


def run(args: argparse.Namespace) -> int:
    """Train and draw; returns the exit code."""
    from rlprobe.commands.targets import resolve
    from rlprobe.environments.opening import arguments_of, maker
    from rlprobe.maps import Recorder

    env_id, target = _names(args)
    make = maker(env_id, args.env, arguments_of(args.env_arg))
    for path in (args.html, args.png, args.video, args.npz, args.json):
        check_writable(path)
    if args.html or args.png or args.video:
        need("matplotlib", "rlprobe map --html")
    if args.html:
        need("jinja2", "rlprobe map --html")
    share = _every(args.every)
    make_agent = resolve(target, defaults=True)
    axes = None if args.axes is None else (args.axes[0], args.axes[1])
    with Progress(f"mapping {env_id or args.env}", hidden=args.no_progress) as progress:
        progress.update(0, 1, "the exact answer")
        try:
            recorder = Recorder(
                make(), gamma=args.gamma, grid=args.grid, components=axes, name=env_id or args.env
            )
        except (ValueError, OSError, ImportError):
            raise
        except Exception as error:
            raise RuntimeError(f"the environment raised {type(error).__name__}: {error}") from error
        returns = recorder.exact.returns(make()) if recorder.exact is not None else None
        crash, notes = _train(recorder, make_agent, args, share, progress.update)
    findings = replace(recorder.findings(), returns=returns, agent=target, crash=crash, notes=tuple(notes))
    _write(findings, args)
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
        _print(findings)
    if crash:
        print(f"rlprobe: {target}: the agent crashed: {crash}", file=sys.stderr)  # noqa: T201
        return CRASHED
    return HEALTHY


def _names(args: argparse.Namespace) -> tuple[str | None, str]:
    expected = 1 if args.env else 2
    if len(args.names) != expected:
        what = "AGENT (the environment is that of --env)" if args.env else "ENV and AGENT"
        raise ValueError(f"expected {what}, got {len(args.names)}: {' '.join(args.names)}")
    target = str(args.names[-1])
    if target.endswith(".py"):
        raise ValueError(
            f"{target}: a script trains by itself, so it cannot be asked for values: name its agent "
            f"({target}:make_agent), or put rlprobe.maps.Recorder around its environment"
        )
    return (None if args.env else str(args.names[0])), target


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


def _train(
    recorder: Recorder,
    make_agent: MakeAgent,
    args: argparse.Namespace,
    share: float,
    progress: Callable[[int, int, str], None],
) -> tuple[str, list[str]]:
    """Let the agent learn, with a moment every so often; returns what it raised, and notes."""
    from rlprobe.agent import Setting

    notes: list[str] = []
    try:
        agent = make_agent(recorder, Setting(gamma=args.gamma, seed=args.seed))
        steps = args.steps if args.steps is not None else _affordable(recorder, notes)
        _connect(recorder, agent, notes)
        every = max(1, round(share * steps if "%" in args.every else share))
        recorder.snapshot(compare=False)
        idle = 0
        while recorder.steps < steps and idle < IDLE_CALLS:
            before = recorder.steps
            agent.learn(min(every, steps - before))
            idle = idle + 1 if recorder.steps == before else 0
            if recorder.steps - recorder.moments[-1].step >= every or recorder.steps >= steps:
                recorder.snapshot(compare=False)
            progress(min(recorder.steps, steps), steps, "steps")
        if idle == IDLE_CALLS:
            return f"learn() was called {idle} times and took no step in the environment it was given", notes
    except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
        if args.debug:
            traceback.print_exc()
        frames = traceback.extract_tb(error.__traceback__)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return f"{text} ({frames[-1].filename}:{frames[-1].lineno})", notes
    return "", notes


def _affordable(recorder: Recorder, notes: list[str]) -> int:
    """The steps that the environment itself allows in ten minutes, at most the default."""
    recorder.env.reset(seed=0)
    began = time.perf_counter()
    recorder.env.step(recorder.env.action_space.sample())
    each = time.perf_counter() - began
    steps = max(1, min(STEPS, int(MOST_TRAINING_S / each))) if each > 0.005 else STEPS
    if steps < STEPS:
        notes.append(f"a step takes {each:.2g} s: {steps:,} steps of training (--steps says how many)")
    return steps


def _connect(recorder: Recorder, agent: Agent, notes: list[str]) -> None:
    """Let the recorder ask the agent."""
    readable: Any = agent
    recorder.policy = agent.act
    if callable(getattr(readable, "value", None)):
        recorder.value = readable.value
    elif callable(getattr(readable, "q_values", None)):
        recorder.value = lambda observations: readable.q_values(observations).max(axis=1)
    else:
        notes.append("the agent shows neither value() nor q_values(): no learned values")


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


def _print(findings: Findings) -> None:
    from rlprobe.maps.report.terminal import show, text

    try:
        console = need("rich.console", "rlprobe map").Console()
    except MissingExtraError:
        print(text(findings))  # noqa: T201
        return
    show(findings, console)
