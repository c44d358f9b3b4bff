"""Make the environment that the user names: an id of Gymnasium, or a function of their own."""

from __future__ import annotations

import ast
import copy
import inspect
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from rlprobe.environments.registered import Registered
from rlprobe.environments.user_code import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gymnasium.envs.registration import EnvSpec

    Make = Callable[[], gym.Env[Any, Any]]

FORMS = "expected package.module:make_env or path/file.py:make_env"


def open_env(
    name: str | EnvSpec | None, factory: str | None = None, arguments: dict[str, Any] | None = None
) -> gym.Env[Any, Any]:
    """Make an environment that can be rendered, if it can.

    Args:
        name: what ``gym.make`` takes, as ``"CartPole-v1"``, ``"module:Id-v0"`` or a specification; made with
            ``render_mode="rgb_array"`` where the environment knows that mode.
        factory: instead of an id, ``"package.module:make_env"`` or ``"path/file.py:make_env"``: a function or
            class, which gets ``render_mode="rgb_array"`` where it takes a render mode.
        arguments: keyword arguments for either.

    Raises:
        ValueError: both or neither are given, or the environment cannot be made; says why.
    """
    return maker(name, factory, arguments)()


def maker(
    name: str | EnvSpec | None, factory: str | None = None, arguments: dict[str, Any] | None = None
) -> Make:
    """A function that makes the environment of ``open_env``; its ``name`` is what the user typed.

    Raises:
        ValueError: as ``open_env``; that an environment cannot be made is raised by the function returned.
    """
    if bool(name) == bool(factory):
        raise ValueError(
            "expected one environment: an id such as CartPole-v1, or --env package.module:make_env"
        )
    return Registered(name, arguments) if name else _Own(str(factory), arguments or {})


def arguments_of(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Keyword arguments from ``key=value`` as typed on a command line.

    Values are read as JSON or Python literals where they are, as text otherwise.

    Raises:
        ValueError: no ``=``, no key, or the same key twice.

    >>> arguments_of(["size=8", "slippery=false", "map_name=8x8", "goal=[1, 2]"])
    {'size': 8, 'slippery': False, 'map_name': '8x8', 'goal': [1, 2]}
    """
    found: dict[str, Any] = {}
    for pair in pairs or ():
        key, equals, text = pair.partition("=")
        key = key.strip().lstrip("-")
        if not equals or not key.isidentifier():
            raise ValueError(f"expected --env-arg key=value, as in --env-arg size=8, got {pair!r}")
        if key in found:
            raise ValueError(f"--env-arg {key} is given twice")
        found[key] = _value(text)
    return found


def _value(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError):
            return read(text)
    return text


class _Own:
    """Makes the environment that the user's function or class returns."""

    def __init__(self, target: str, arguments: dict[str, Any]) -> None:
        self.name = target
        self._make = load(target, FORMS, "make_env()")
        self._arguments = self._checked(arguments)

    def __call__(self) -> gym.Env[Any, Any]:
        """Call the function.

        Raises:
            ValueError: it raises, or returns something else; names both.
        """
        try:
            env = self._make(**self._arguments)
        except Exception as error:
            raise ValueError(f"--env {self.name} raised {type(error).__name__}: {error}") from error
        if not isinstance(env, gym.Env):
            raise ValueError(f"--env {self.name}: expected a gymnasium.Env, got {type(env).__name__}")  # noqa: TRY004
        return env

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """``arguments`` that the function takes, with a render mode that makes pictures where it takes one.

        Raises:
            ValueError: it takes no such argument, or needs one that is not given.
        """
        try:
            parameters = inspect.signature(self._make).parameters
        except (TypeError, ValueError):
            return arguments
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        named = {
            name: p for name, p in parameters.items() if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}
        }
        unknown = [name for name in arguments if name not in named and not takes_any]
        if unknown:
            raise ValueError(
                f"--env {self.name} takes {', '.join(named) or 'no arguments'}, got {unknown[0]!r}"
            )
        if "render_mode" in named and "render_mode" not in arguments and self._renders():
            arguments = arguments | {"render_mode": "rgb_array"}
        missing = [name for name, p in named.items() if p.default is p.empty and name not in arguments]
        if missing:
            raise ValueError(
                f"--env {self.name} needs {missing[0]!r}: give it as --env-arg {missing[0]}=VALUE"
            )
        return arguments

    def _renders(self) -> bool:
        """Whether it may know the mode ``rgb_array``: a class says so, a function may."""
        metadata = getattr(self._make, "metadata", None)
        modes = metadata.get("render_modes") if isinstance(metadata, dict) else None
        return modes is None or not isinstance(self._make, type) or "rgb_array" in modes


class CannotCopyError(ValueError):
    """The environment can neither be copied nor made again."""


def another(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """A copy of ``env``, or where it cannot be copied, a new one by its specification.

    Raises:
        CannotCopyError: neither works.
    """
    try:
        return copy.deepcopy(env)
    except Exception as error:
        if env.spec is None:
            raise CannotCopyError(
                f"the environment cannot be copied ({type(error).__name__}: {error})"
            ) from error
        return gym.make(env.spec)
