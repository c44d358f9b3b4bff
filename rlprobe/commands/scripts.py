"""The options of ``rlprobe diagnose`` for training scripts, and what is a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rlprobe.scripts import ScriptSubject

ONLY_FOR_SCRIPTS = ("value", "act", "replace", "steps", "script_args")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options for scripts; what stands behind ``--`` belongs to the script."""
    add = parser.add_argument_group("training scripts").add_argument
    add("-m", dest="package", metavar="PACKAGE.TRAIN", help="run a module as `python -m` does")
    add(
        "--value", metavar="EXPR", help="values of `observations` in the script's names; none: read no critic"
    )
    add("--act", metavar="EXPR", help="actions at `observations` in the script's names")
    add(
        "--replace",
        metavar="MODULE:CLASS",
        action="append",
        default=[],
        help="a class of environments that gymnasium does not make",
    )
    add("--steps", type=int, metavar="N", help="environment steps after which a run gives up (default 12000)")
    add(
        "--vector-api",
        choices=("1.0", "0.29"),
        default="1.0",
        help="0.29: vector environments as before Gymnasium 1.0",
    )
    split_at_dashes(parser)


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


def subject(args: argparse.Namespace) -> ScriptSubject | None:
    """The script that the arguments name; None if they name something else.

    Raises:
        ValueError: no target, two targets, or options for scripts without a script.
    """
    if args.package and args.target:
        raise ValueError(f"give either a target or -m, not both: got {args.target!r} and -m {args.package}")
    is_script = bool(args.package) or str(args.target).endswith(".py")
    if not is_script:
        given = [name for name in ONLY_FOR_SCRIPTS if getattr(args, name)]
        if given:
            raise ValueError(f"--{given[0]} is for training scripts: rlprobe diagnose train.py -- ARGUMENTS")
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
