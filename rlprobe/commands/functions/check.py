"""``rlprobe check``: is your function correct, and if not, which mistake does it make?"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from typing import Any

from rlprobe.environments.user_code import load
from rlprobe.output.exit_codes import CRASHED, FOUND, HEALTHY, WRONG_USAGE

EXAMPLES = """examples:
  rlprobe check my_code.py:compute_gae
  rlprobe check package.module:Agent.td_target --as q_target --json
  rlprobe check my_code.py:advantages --as gae --known gamma=0.99 lam=0.95
  rlprobe check --list

exit codes: 0 correct, 1 a mistake was found, 2 wrong usage, or no way to call
            the function was found, 4 the function raised an error
"""
FORMS = "expected path/file.py:function or package.module:function"
WIDTH = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("target", nargs="*", help="file.py:function, file.py:Class.method or package.module:function")
    add("--as", dest="family", metavar="FAMILY", help="the family it belongs to, if its name does not say")
    add("--known", nargs="+", default=[], metavar="NAME=VALUE", help="values of arguments or constants")
    add("--list", action="store_true", help="list the families")
    add("--json", action="store_true", help="print JSON, schema 1")


def run(args: argparse.Namespace) -> int:
    """Check each function; returns the exit code."""
    from rlprobe import check

    if args.list:
        _list(check.families(), as_json=args.json)
        return HEALTHY
    if not args.target:
        raise ValueError("which function? Name it: rlprobe check my_code.py:compute_gae")
    outcomes = [_checked(target, args) for target in args.target]
    if args.json:
        told = [told for _, told in outcomes]
        print(json.dumps(told[0] if len(told) == 1 else told, indent=2))  # noqa: T201
    return max((code for code, _ in outcomes), key=[HEALTHY, FOUND, WRONG_USAGE, CRASHED].index)


def _checked(target: str, args: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    """The exit code for one function and what is told of it; prints it unless JSON is asked for."""
    from rlprobe import check

    name = target.rpartition(":")[2]
    try:
        function = load(target, FORMS, "that computes one of `rlprobe check --list`")
        found = check.function(function, family=args.family, name=name, **_known(args.known))
    except check.CheckFailure as failure:
        _say(failure.story, args)
        return FOUND, failure.as_json()
    except (check.NotUnderstoodError, check.FunctionRaisedError, ValueError, ImportError) as error:
        if args.debug:
            raise
        print(f"rlprobe: {error}", file=sys.stderr)  # noqa: T201
        crashed = isinstance(error, check.FunctionRaisedError)
        verdict = "raised" if crashed else "not understood"
        told = {"schema": 1, "function": name, "verdict": verdict, "error": str(error)}
        return CRASHED if crashed else WRONG_USAGE, told
    _say(str(found), args)
    return HEALTHY, found.as_json()


def _say(text: str, args: argparse.Namespace) -> None:
    if not args.json:
        print("\n".join(part for line in text.splitlines() for part in _fitted(line)))  # noqa: T201


def _fitted(line: str) -> list[str]:
    """A line as lines of at most 80 columns; what follows is indented further."""
    if len(line) <= WIDTH:
        return [line]
    further = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, WIDTH, subsequent_indent=further, break_on_hyphens=False)


def _known(pairs: list[str]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs; values are read as JSON, else as text."""
    known: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ValueError(f"--known {pair}: expected NAME=VALUE, for instance gamma=0.99")
        try:
            known[name] = json.loads(value)
        except json.JSONDecodeError:
            known[name] = value
    return known


def _list(families: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(families, indent=2))  # noqa: T201
        return
    for name, what in families.items():
        print(f"{name}\n    {what}")  # noqa: T201
