"""Environments that scripts of earlier years ask for, in the version that this Gymnasium has."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.envs import registration
from gymnasium.error import DeprecatedEnv, NameNotFound, VersionNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

ATARI = "ale_py"


def made(
    make: Callable[..., gym.Env[Any, Any]],
    id: Any,  # noqa: A002 - Gymnasium's name
    note: Callable[[str], None],
    *args: Any,
    **kwargs: Any,
) -> gym.Env[Any, Any]:
    """The environment, in its latest version if this Gymnasium has not the one that is asked for.

    Args:
        make: ``gymnasium.make``.
        id: what the script asks for.
        note: is told if it gets something else.
        *args: further arguments of ``make``.
        **kwargs: named ones.
    """
    try:
        return make(id, *args, **kwargs)
    except (DeprecatedEnv, VersionNotFound, ImportError):  # MuJoCo's -v2 and -v3 raise the last one
        latest = _latest(id)
        if latest is None:
            raise
        note(f"{id} is not in Gymnasium {gym.__version__}: {latest} has given its spaces")
        return make(latest, *args, **kwargs)
    except NameNotFound:
        if not _registers_atari(id):
            raise
        note(f"{id} is there only after `import {ATARI}`, which Gymnasium 1.0 and later do not do")
        return make(id, *args, **kwargs)


def _latest(id: Any) -> str | None:  # noqa: A002
    """The id of the newest version of an environment; None if there is no newer one."""
    if not isinstance(id, str):
        return None
    space, name, version = registration.parse_env_id(id)
    newest = registration.find_highest_version(space, name)
    if newest is None or newest == version:
        return None
    return str(registration.get_env_id(space, name, newest))


def _registers_atari(id: Any) -> bool:  # noqa: A002
    """Whether an environment is there once the Atari games are registered."""
    try:
        importlib.import_module(ATARI)
    except ImportError:
        return False
    return id in registration.registry
