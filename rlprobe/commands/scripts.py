"""The options for training scripts, what is a script, and the agent that a command line names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.agent import Setting, close
from rlprobe.commands.targets import resolve
from rlprobe.scripts.notebooks.cells import SCRIPTS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rlprobe.agent import MakeAgent
    from rlprobe.environments.opening import Make
    from rlprobe.scripts import ScriptSubject

ONLY_FOR_SCRIPTS = ("value", "act", "replace", "vector_api", "script_args")


def add_arguments(parser: argparse.ArgumentParser) -> Any:
    """The options for scripts; what stands behind ``--`` belongs to the script. Returns their group."""
    group = parser.add_argument_group("training scripts")
    add = group.add_argument
    add("-m", dest="package", metavar="PACKAGE.TRAIN", help="run a module as `python -m` does")
    add(
        "--value",
        metavar="EXPR",
        help="values of `observations`, in the script's names; none: do not read a critic",
    )
    add("--act", metavar="EXPR", help="actions for `observations`, in the script's names")
    add(
        "--replace",
        metavar="MODULE:CLASS",
        action="append",
        default=[],
        help="an environment class that is not made through Gymnasium",
    )
    add(
        "--vector-api",
        choices=("1.0", "0.29"),
        help="0.29: vector environments as before Gymnasium 1.0; default: what the script needs",
    )
    split_at_dashes(parser)
    return group


def split_at_dashes(parser: argparse.ArgumentParser) -> None:
    """What stands behind ``--`` becomes ``script_args``, untouched."""
    plain = parser.parse_known_args

    def parse_known_args(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        words = list(args or ())
        cut = words.index("--") if "--" in words else len(words)
        found, rest = plain(words[:cut], namespace)
        found.script_args = words[cut + 1 :]
        return found, rest

    parser.parse_known_args = parse_known_args  # type: ignore[method-assign,assignment]


def is_script(args: argparse.Namespace, target: str | None) -> bool:
    """Whether the arguments name a script.

    Raises:
        ValueError: two targets, or options for scripts without a script.
    """
    if args.package and target:
        raise ValueError(f"give either an agent or -m, not both: got {target!r} and -m {args.package}")
    found = bool(args.package) or str(target).endswith(SCRIPTS)
    given = [name for name in ONLY_FOR_SCRIPTS if getattr(args, name)]
    if given and not found:
        option = "arguments after --" if given[0] == "script_args" else f"--{given[0].replace('_', '-')}"
        raise ValueError(f"{option}: only for training scripts, as in train.py -- ARGUMENTS")
    return found


def subject(args: argparse.Namespace) -> ScriptSubject | None:
    """The script that ``rlprobe diagnose`` is to run; None if the arguments name something else.

    Raises:
        ValueError: no target, two targets, or options for scripts without a script.
    """
    if not is_script(args, args.target):
        if args.steps:
            raise ValueError("--steps is for training scripts: rlprobe diagnose train.py -- ARGUMENTS")
        if not args.target:
            raise ValueError(
                "no target: give train.py, sb3:PPO, package.module:make_agent or file.py:make_agent"
            )
        return None
    from rlprobe.scripts import script_agent
    from rlprobe.scripts.subject import STEPS

    return script_agent(
        args.package or args.target,
        args.script_args,
        module=bool(args.package),
        value=args.value,
        act=args.act,
        replace=args.replace,
        vector_api=args.vector_api,
        steps=args.steps or STEPS,
        keep_settings=args.defaults,
    )


def agent(args: argparse.Namespace, target: str | None, *, steps: int | None = None) -> MakeAgent | None:
    """What builds the agent that the user names, a script too; None if no agent is named.

    Args:
        args: the arguments, with those of ``add_arguments`` and ``--env``.
        target: ``train.py``, ``sb3:PPO``, ``module:make_agent`` or ``file.py:make_agent``.
        steps: about how long a script will run.

    Raises:
        ValueError: two agents, options for scripts without a script, or no such target.
    """
    if not is_script(args, target):
        return resolve(target, defaults=True) if target else None
    from rlprobe.scripts.given.maker import LONG_RUN_STEPS, GivenScript
    from rlprobe.scripts.launch import from_words

    own = [own_maker(args.env)] if args.env else []
    return GivenScript(
        from_words(args.package or str(target), args.script_args, module=bool(args.package)),
        value=args.value,
        act=args.act,
        replace=(*args.replace, *own),
        vector_api=args.vector_api,
        steps=steps or LONG_RUN_STEPS,
        env=args.env or args.id,
    )


def shown(args: argparse.Namespace, target: str | None) -> str:
    """What reports call an agent: of a script, the name of its file."""
    return args.package or (Path(str(target)).name if str(target).endswith(SCRIPTS) else str(target))


def own_maker(target: str) -> str:
    """``module:make_env`` for the ``--env`` that the user typed: a script may call it itself.

    >>> own_maker("envs/mine.py:make_env"), own_maker("package.mine:make_env")
    ('mine:make_env', 'package.mine:make_env')
    """
    place, _, name = target.rpartition(":")
    return f"{Path(place).stem if place.endswith('.py') else place}:{name}"


def check(make_agent: Any, make: Make) -> None:
    """Start a script once on the environment: one that does not fit it says so before anything is measured.

    Raises:
        AgentError: it does not fit, or it ends before its first step.
    """
    from rlprobe.scripts.given import GivenScript

    if not isinstance(make_agent, GivenScript):
        return
    env = make()
    try:
        close(make_agent(env, Setting()))
    finally:
        env.close()
