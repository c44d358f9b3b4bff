"""The environment a command was asked for: an id that Gymnasium knows, or a function of the user's own."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import gymnasium as gym


def open_env(name: str | None, factory: str | None = None) -> gym.Env[Any, Any]:
    """Make an environment that can be rendered, if it can.

    Args:
        name: an id for ``gym.make``, as in ``"CartPole-v1"``; made with ``render_mode="rgb_array"`` where
            the environment knows that mode.
        factory: instead of an id, ``"package.module:make_env"``, a function without arguments.

    Raises:
        ValueError: both or neither are given, or there is no such environment, module or function.
    """
    if (name is None) == (factory is None):
        raise ValueError("expected an environment id or --env package.module:make_env, one of the two")
    return _from_factory(factory) if factory is not None else _from_id(str(name))


def _from_id(name: str) -> gym.Env[Any, Any]:
    with suppress(ImportError):
        gym.register_envs(importlib.import_module("ale_py"))
    try:
        modes = gym.spec(name).entry_point and _modes(name)
        env: gym.Env[Any, Any] = gym.make(
            name, render_mode="rgb_array" if "rgb_array" in (modes or ()) else None
        )
    except (gym.error.Error, ImportError) as error:
        raise ValueError(f"cannot make the environment {name!r}: {' '.join(str(error).split())}") from error
    return env


def _modes(name: str) -> list[str]:
    spec = gym.spec(name)
    creator = (
        spec.entry_point
        if callable(spec.entry_point)
        else gym.envs.registration.load_env_creator(str(spec.entry_point))
    )
    metadata = getattr(creator, "metadata", None)
    return list(metadata.get("render_modes", ())) if isinstance(metadata, dict) else ["rgb_array"]


def _from_factory(target: str) -> gym.Env[Any, Any]:
    module_name, colon, attribute = target.partition(":")
    if not (module_name and colon and attribute):
        raise ValueError(f"--env must be package.module:make_env, got {target!r}")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        make = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"--env {target}: {error}") from error
    env = make()
    if not isinstance(env, gym.Env):
        raise ValueError(f"--env {target}: expected a gymnasium.Env, got {type(env).__name__}")  # noqa: TRY004
    return env
