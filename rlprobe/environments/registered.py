"""Make environments by id as ``gym.make`` does, and name the package to install if one is missing."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, find_highest_version, get_env_id, parse_env_id

if TYPE_CHECKING:
    from types import ModuleType

PACKAGES: Final = (
    (r"ALE/|.*(NoFrameskip|Deterministic|-ram)-", "ale_py", "ale-py"),
    (r"MiniGrid-|BabyAI-", "minigrid", "minigrid"),
    (
        r"Fetch|AdroitHand|HandManipulate|HandReach|AntMaze|PointMaze|FrankaKitchen",
        "gymnasium_robotics",
        "gymnasium-robotics",
    ),
    (r"MiniWorld-", "miniworld", "miniworld"),
    (r"MinAtar/", "minatar", "minatar"),
    (r"mo-", "mo_gymnasium", "mo-gymnasium"),
    (
        r"(highway|merge|roundabout|parking|intersection|racetrack|exit|lane-keeping|two-way|u-turn)-",
        "highway_env",
        "highway-env",
    ),
    (r"Panda", "panda_gym", "panda-gym"),
    (r"dm_control/|bsuite/|meltingpot/|OpenSpiel/", "shimmy", "shimmy"),
    (r"Meta-World/", "metaworld", "metaworld"),
    (r"PyFlyt/", "PyFlyt.gym_envs", "PyFlyt"),
    (r"Vizdoom", "vizdoom.gymnasium_wrapper", "vizdoom"),
    (r"procgen", "procgen", "procgen"),
    (r"gym_pusht/", "gym_pusht", "gym-pusht"),
    (r"FlappyBird", "flappy_bird_gymnasium", "flappy-bird-gymnasium"),
    (r"probe/", "probe_envs", "gymnasium-rlprobe"),
)
"""How the ids of a package begin, the module whose import registers them, and what to install."""


class Registered:
    """Makes the environment with this id, a ``module:Id-v0`` or a specification, as ``gym.make`` would.

    Args:
        name: what ``gym.make`` takes.
        arguments: keyword arguments for it.

    >>> Registered("probe_envs:probe/TruncBoot-v0")().spec.id
    'probe/TruncBoot-v0'
    """

    def __init__(self, name: str | EnvSpec, arguments: dict[str, Any] | None = None) -> None:
        self.given = name
        self.name = name if isinstance(name, str) else name.id
        self.arguments = dict(arguments or {})

    def __call__(self, *, checked: bool = True) -> gym.Env[Any, Any]:
        """Make it, with ``render_mode="rgb_array"`` where the environment knows that mode.

        Args:
            checked: whether Gymnasium may look at every step (its ``PassiveEnvChecker``).

        Raises:
            ValueError: it cannot be made; says why, and what to install where that is known.
        """
        options = self.arguments if checked else {"disable_env_checker": True} | self.arguments
        try:
            target = _registered(self.given) if isinstance(self.given, str) else self.given
            if "render_mode" in options or "rgb_array" not in _modes(target):
                return gym.make(target, **options)
            try:
                return gym.make(target, render_mode="rgb_array", **options)
            except TypeError as error:
                if "render_mode" not in str(error):
                    raise
                return gym.make(target, **options)
        except (gym.error.Error, ImportError, TypeError, AttributeError) as error:
            raise ValueError(self._message(error)) from error

    def _message(self, error: Exception) -> str:
        why = " ".join(str(error).split())
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        hint = f": install the package that has {missing!r}" if missing else ""
        return f"cannot make the environment {self.name!r}: {why}{hint}"


def _registered(name: str) -> str:
    """The id under which ``name`` is registered, after importing the module that registers it.

    Raises:
        gymnasium.error.Error: there is none, with the package to install where it is known.
        ImportError: the module in ``module:Id-v0`` cannot be imported.
    """
    module, colon, plain = name.rpartition(":")
    if colon:
        _import(module, name)
    try:
        return _versioned(plain)
    except gym.error.UnregisteredEnv as error:
        for pattern, home, package in PACKAGES:
            if re.match(pattern, plain):
                return _from_package(plain, home, package, error)
        found = _from_atari(plain)
        if found is not None:
            return found
        raise gym.error.NameNotFound(f"{error} {_advice(plain, module)}") from error


def _versioned(plain: str) -> str:
    """``plain`` with the newest version where it names none.

    Raises:
        gymnasium.error.UnregisteredEnv: no such environment is registered.
    """
    space, name, version = parse_env_id(plain)
    if version is None and plain not in gym.registry:
        version = find_highest_version(space, name)
    found = get_env_id(space, name, version)
    gym.spec(found)
    return found


def _from_package(plain: str, home: str, package: str, error: Exception) -> str:
    if importlib.util.find_spec(home.partition(".")[0]) is None:
        raise gym.error.NameNotFound(
            f"ids like {plain} are registered by the package {package}, which is not installed: "
            f"pip install {package}"
        ) from error
    gym.register_envs(importlib.import_module(home))
    return _versioned(plain)


def _from_atari(plain: str) -> str | None:
    """The id of an Atari game without ``ALE/``, where that package is installed and has it."""
    if importlib.util.find_spec("ale_py") is None:
        return None
    gym.register_envs(importlib.import_module("ale_py"))
    if plain in gym.registry:
        return plain
    game = parse_env_id(plain)[1]
    if get_env_id("ALE", game, 5) in gym.registry:
        raise gym.error.VersionNotFound(f"{plain} is called ALE/{game}-v5, or {game}-v4 for the older form")
    return None


def _advice(plain: str, module: str) -> str:
    if module and hasattr(sys.modules.get(module), plain):
        return f"{module} has a function or class {plain}: give it as --env {module}:{plain}"
    return (
        "An environment of your own is found once its module is imported: give module:Id-v0, or "
        "--env package.module:make_env"
    )


def _import(module: str, name: str) -> ModuleType:
    if module.endswith(".py"):
        raise gym.error.NameNotFound(f"a function or class in a file is given as --env {name}")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise ModuleNotFoundError(
                f"no module named {error.name!r}, needed for {name!r}", name=error.name
            ) from error
        raise


def _modes(name: str | EnvSpec) -> list[str]:
    """Render modes that the environment declares; ``rgb_array`` where it declares nothing."""
    entry = (gym.spec(name) if isinstance(name, str) else name).entry_point
    creator = entry if callable(entry) else gym.envs.registration.load_env_creator(str(entry))
    metadata = getattr(creator, "metadata", None)
    return list(metadata.get("render_modes") or ()) if isinstance(metadata, dict) else ["rgb_array"]
