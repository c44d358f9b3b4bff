"""Find out why a reinforcement-learning agent does not learn.

``inspect``, the wrappers and the views make an environment ready to learn from. ``diagnose`` trains an agent
on probe environments whose exact values are known and names its fault. ``watch`` says whether a training
run is healthy.
Everything is imported on first use, so that ``import rlprobe`` costs no more than ``import gymnasium``.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import probe_envs as probe_envs  # registers probe/<Name>-v0

if TYPE_CHECKING:
    from rlprobe import check
    from rlprobe.agent import Agent, Setting
    from rlprobe.comparison import compare
    from rlprobe.diagnosis import diagnose
    from rlprobe.inspection import inspect
    from rlprobe.monitors import watch
    from rlprobe.player import play
    from rlprobe.recorder import record_random
    from rlprobe.view import AgentView
    from rlprobe.wrappers import FrameSkip, NormalizeAll, PotentialShaping, RewardScale

_HOME = {
    "NormalizeAll": "rlprobe.wrappers",
    "RewardScale": "rlprobe.wrappers",
    "FrameSkip": "rlprobe.wrappers",
    "PotentialShaping": "rlprobe.wrappers",
    "AgentView": "rlprobe.view",
    "play": "rlprobe.player",
    "record_random": "rlprobe.recorder",
    "inspect": "rlprobe.inspection",
    "watch": "rlprobe.monitors",
    "diagnose": "rlprobe.diagnosis",
    "compare": "rlprobe.comparison",
    "Agent": "rlprobe.agent",
    "Setting": "rlprobe.agent",
}

_MODULES = ("check",)
"""Modules that are imported on first use, as ``rlprobe.check``."""

__all__ = [
    "Agent",
    "AgentView",
    "FrameSkip",
    "NormalizeAll",
    "PotentialShaping",
    "RewardScale",
    "Setting",
    "check",
    "compare",
    "diagnose",
    "inspect",
    "play",
    "record_random",
    "watch",
]
__version__ = "0.1.0"


class _Package(ModuleType):
    """``rlprobe.play`` is a function; running the command module of the same name must not replace it."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name, as every module: functions sent to spawned workers may refer to the package."""
        return importlib.import_module, (self.__name__,)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"rlprobe.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'rlprobe' has no attribute {name!r}; it has {', '.join(_HOME)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME, *_MODULES])
