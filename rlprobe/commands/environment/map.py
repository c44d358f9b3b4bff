"""``rlprobe map``: what does the value function look like, and where does the policy go?"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlprobe.agent import AgentCrashedError, Learning, Setting, close, told
from rlprobe.commands import scripts
from rlprobe.commands.env_args import add_own, blaming_environment
from rlprobe.diagnosis.questions import AgentError, FactoryError
from rlprobe.extras import need
from rlprobe.output.exit_codes import CRASHED, HEALTHY
from rlprobe.output.files import check_writable, write_atomically
from rlprobe.output.progress import Progress
from rlprobe.output.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.agent import MakeAgent
    from rlprobe.maps import Recorder
    from rlprobe.maps.findings import Findings

EXAMPLES = """examples:
  rlprobe map Pendulum-v1 sb3:SAC --steps 10000 --html map.html
  rlprobe map MountainCar-v0 my_agent.py:make_agent --every 10% --png map.png
  rlprobe map --env my_envs.py:make_env my_agent.py:make_agent
  rlprobe map Pendulum-v1 train.py -- --seed {seed}

exit codes: 0 a map, 2 wrong usage, 4 the agent crashed, 130 interrupted
"""
STEPS: Final = 20_000
MOST_TRAINING_S: Final = 600.0
"""Without --steps, training is cut to what the environment's own steps allow in this time."""


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
        help="discount of agent and exact answer (default: the agent's, where it tells; else 0.99)",
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
        crash, notes = _train(recorder, make_agent, args, share, progress.update)
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


def _train(
    recorder: Recorder,
    make_agent: MakeAgent,
    args: argparse.Namespace,
    share: float,
    progress: Callable[[int, int, str], None],
) -> tuple[str, list[str]]:
    """Let the agent learn, with a moment every so often; returns what it raised, and notes."""
    from rlprobe.maps.recorder import RecorderError

    notes: list[str] = []
    agent: Any = None
    try:
        agent = make_agent(recorder, Setting(gamma=recorder.gamma, seed=args.seed))
        steps = args.steps if args.steps is not None else _affordable(recorder, notes)
        _discount(recorder, agent, args.gamma, notes)
        every = max(1, round(share * steps if "%" in args.every else share))
        learning = Learning(agent, lambda: recorder.steps)
        _connect(recorder, agent)
        recorder.snapshot(compare=False)
        while recorder.steps < steps and not learning.finished:
            learning.go(min(every, steps - recorder.steps))
            if recorder.steps - recorder.moments[-1].step >= every or recorder.steps >= steps:
                _connect(recorder, agent)
                recorder.snapshot(compare=False)
            progress(min(recorder.steps, steps), steps, "steps")
        if recorder.moments[-1].step < recorder.steps:
            recorder.snapshot(compare=False)
        notes += _unread(recorder, agent)
    except (AgentCrashedError, FactoryError, RecorderError) as error:
        return str(error), notes
    except AgentError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
        if args.debug:
            traceback.print_exc()
        return told(error), notes
    finally:
        close(agent)
    return "", notes


def _discount(recorder: Recorder, agent: Any, asked: float | None, notes: list[str]) -> None:
    """The exact values are for the agent's own discount, unless another is asked for."""
    own = getattr(agent, "gamma", None)
    if own is None or own == recorder.gamma or not 0.0 <= own < 1.0:
        return
    if asked is None:
        recorder.discount(own)
    else:
        notes.append(f"the agent's discount is {own:g}, the exact values are for {asked:g} (--gamma)")


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


def _connect(recorder: Recorder, agent: Any) -> None:
    """Let the recorder ask the agent."""
    recorder.policy = agent.act if getattr(agent, "readable", True) else None
    if callable(getattr(agent, "value", None)):
        recorder.value = agent.value
    elif callable(getattr(agent, "q_values", None)):
        recorder.value = lambda observations: agent.q_values(observations).max(axis=1)


def _unread(recorder: Recorder, agent: Any) -> list[str]:
    """What is to be said of how the agent was read."""
    own = getattr(agent, "notes", None)
    if own is not None:
        return list(own)
    return [] if recorder.value else ["the agent shows neither value() nor q_values(): no learned values"]


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
