"""The ``rlprobe`` command: finds the subcommand, and turns errors into one clear line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from rlprobe.output.exit_codes import CRASHED, INTERRUPTED, WRONG_USAGE
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "diagnose": ("rlprobe.commands.diagnose", "run an agent on the probes and name the fault"),
    "run": ("rlprobe.commands.runs.run", "run a training script and say whether it is healthy"),
    "check": ("rlprobe.commands.functions.check", "is a function correct? GAE, returns, targets, losses"),
    "inspect": ("rlprobe.commands.inspect", "is an environment ready to learn from?"),
    "play": ("rlprobe.commands.play", "play an environment, as rendered or as the agent sees it"),
    "record": ("rlprobe.commands.record", "record a random policy as video"),
    "baselines": ("rlprobe.commands.environment.baselines", "which method works here, in five minutes?"),
    "ladder": ("rlprobe.commands.environment.ladder", "which easier version of a task does the agent learn?"),
    "map": ("rlprobe.commands.environment.map", "draw value, policy and visits, beside the exact answer"),
    "compare": ("rlprobe.commands.comparison.compare", "is the difference between training runs real?"),
    "battery": ("rlprobe.commands.comparison.battery", "has an agent become worse on well-known problems?"),
    "search": ("rlprobe.commands.comparison.search", "which hyperparameters matter?"),
    "list": ("rlprobe.commands.list", "list every probe, fault, flag and finding"),
    "explain": ("rlprobe.commands.explain", "explain a probe, a fault, a flag or a finding"),
    "report": ("rlprobe.commands.runs.report", "write the page of a training run, also from other logs"),
    "demo": ("rlprobe.commands.demo", "diagnose a healthy and a faulty agent, in under a minute"),
}
GROUPS = {
    "find the fault": ("diagnose", "run", "check"),
    "know the environment": ("inspect", "play", "record", "baselines", "ladder", "map"),
    "know the difference": ("compare", "battery", "search"),
    "read": ("list", "explain", "report", "demo"),
}
"""The commands by what people want."""
USAGE_ERRORS = (ValueError, KeyError, TypeError, OSError, ImportError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    args = _parser(words).parse_args(words)
    return guarded(args)


def guarded(args: argparse.Namespace) -> int:
    """Run a parsed command; an error becomes one line on standard error, unless ``--debug`` is given."""
    try:
        code = int(importlib.import_module(args.module).run(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader has gone: discard the rest
        return 0
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a traceback only with --debug
        if isinstance(error.__context__, BrokenPipeError):
            return 0  # raised by rich
        if args.debug:
            traceback.print_exc()
        else:
            print(f"rlprobe: {_line(error)}", file=sys.stderr)  # noqa: T201
        return _code(error)
    return code


def _code(error: BaseException) -> int:
    from rlprobe.diagnosis.questions import AgentError, FactoryError

    if isinstance(error, FactoryError):
        return CRASHED
    return WRONG_USAGE if isinstance(error, (*USAGE_ERRORS, AgentError)) else CRASHED


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rlprobe",
        description="Find out why a reinforcement-learning agent does not learn.",
        epilog=_overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rlprobe {versions()['rlprobe']}")
    commands = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="COMMAND",
        help="one of those below; COMMAND --help explains each",
    )
    for name, (module, summary) in COMMANDS.items():
        sentence = summary[0].upper() + summary[1:] + ("" if summary.endswith("?") else ".")
        command = commands.add_parser(name, description=sentence)
        command.set_defaults(module=module)
        if name in words[:1]:
            importlib.import_module(module).add_arguments(command)
            command.epilog = command.epilog or f"example: rlprobe {name} CartPole-v1"
            command.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _overview() -> str:
    """All commands with what they do, by what people want."""
    width = max(map(len, COMMANDS))
    parts = []
    for title, names in GROUPS.items():
        parts += [f"{title}:", *(f"  {name:{width}}  {COMMANDS[name][1]}" for name in names), ""]
    return "\n".join([*parts, "example: rlprobe diagnose sb3:PPO"])


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    plain = (ValueError, OSError, ImportError)
    return (
        text
        if isinstance(error, plain) or type(error).__module__.startswith(("rlprobe", "probe_envs"))
        else (f"{type(error).__name__}: {text}")
    )
