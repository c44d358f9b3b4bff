"""The environment a user names: an id that Gymnasium knows, or a function of their own."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from rlprobe.environments.user_code import load

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[], gym.Env[Any, Any]]

FORMS = "expected package.module:make_env or path/file.py:make_env"


def open_env(name: str | None, factory: str | None = None) -> gym.Env[Any, Any]:
    """Make an environment that can be rendered, if it can.

    Args:
        name: an id for ``gym.make``, as in ``"CartPole-v1"``; made with ``render_mode="rgb_array"`` where
            the environment knows that mode.
        factory: instead of an id, ``"package.module:make_env"`` or ``"path/file.py:make_env"``, a function
            without arguments.

    Raises:
        ValueError: both or neither are given, or there is no such environment, module or function.
    """
    make = maker(name, factory)
    env = make()
    if not isinstance(env, gym.Env):
        raise ValueError(f"--env {factory}: expected a gymnasium.Env, got {type(env).__name__}")  # noqa: TRY004
    return env


def maker(name: str | None, factory: str | None = None) -> Make:
    """A function that makes the environment of ``open_env``; its ``name`` is what the user typed.

    Raises:
        ValueError: as ``open_env``; that an environment cannot be made is raised by the function returned.
    """
    if bool(name) == bool(factory):
        raise ValueError(
            "expected one environment: an id such as CartPole-v1, or --env package.module:make_env"
        )
    return Registered(str(name)) if name else _Own(str(factory))


class Registered:
    """Makes the environment with this id."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *, checked: bool = True) -> gym.Env[Any, Any]:
        """Make it.

        Args:
            checked: whether Gymnasium may look at every step (its ``PassiveEnvChecker``).
        """
        if "ale/" in self.name.lower():
            with suppress(ImportError):
                gym.register_envs(importlib.import_module("ale_py"))
        options: dict[str, Any] = {} if checked else {"disable_env_checker": True}
        try:
            if "rgb_array" not in _modes(self.name):
                return gym.make(self.name, **options)
            with suppress(TypeError):
                return gym.make(self.name, render_mode="rgb_array", **options)
            return gym.make(self.name, **options)
        except (gym.error.Error, ImportError) as error:
            message = f"cannot make the environment {self.name!r}: {' '.join(str(error).split())}"
            raise ValueError(message) from error


def _modes(name: str) -> list[str]:
    """Render modes that the environment declares; ``rgb_array`` where it declares nothing."""
    entry = gym.spec(name).entry_point
    creator = entry if callable(entry) else gym.envs.registration.load_env_creator(str(entry))
    metadata = getattr(creator, "metadata", None)
    return list(metadata.get("render_modes", ())) if isinstance(metadata, dict) else ["rgb_array"]


class _Own:
    """Makes the environment that the user's function returns."""

    def __init__(self, target: str) -> None:
        self.name = target
        self._make = load(target, FORMS, "make_env()")

    def __call__(self) -> gym.Env[Any, Any]:
        """Call the function."""
        env: gym.Env[Any, Any] = self._make()
        return env
