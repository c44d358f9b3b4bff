"""The arguments of all commands that take an environment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rlprobe.agent import told

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

ENV_ARG: Final = "keyword argument for the environment, as in --env-arg map_name=8x8; may be repeated"


def add_environment(parser: argparse.ArgumentParser) -> None:
    """An id, or a function that makes the environment."""
    add = parser.add_argument
    add("id", nargs="?", metavar="ENV", help="id of a registered environment, e.g. CartPole-v1")
    add_own(parser)


def add_own(parser: argparse.ArgumentParser) -> None:
    """A function that makes the environment, and its arguments."""
    add = parser.add_argument
    add("--env", metavar="MODULE:MAKE", help="package.module:make_env or file.py:make_env, wrappers and all")
    add("--env-arg", action="append", metavar="KEY=VALUE", help=ENV_ARG)


@contextmanager
def blaming_environment() -> Iterator[None]:
    """What is raised here comes from the user's environment: one line that says so, with its place.

    Raises:
        ValueError: instead of any other error; errors that explain themselves are left alone.
    """
    try:
        yield
    except (ValueError, OSError, ImportError):
        raise
    except Exception as error:
        if type(error).__module__.startswith(("rlprobe", "probe_envs")):
            raise
        raise ValueError(f"the environment raised {told(error)}") from error
