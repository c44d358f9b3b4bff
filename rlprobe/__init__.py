"""Find out why a reinforcement-learning agent does not learn.

Two halves that work together: wrappers and views that make an environment ready to learn from, and
``diagnose``, which runs an agent on probe environments with exactly known answers and names the fault.
Everything is imported on first use, so that ``import rlprobe`` costs no more than ``import gymnasium``.
"""

from __future__ import annotations

import importlib
from typing import Any

import probe_envs as probe_envs  # registers probe/<Name>-v0

_HOME = {
    "NormalizeAll": "rlprobe.wrappers",
    "RewardScale": "rlprobe.wrappers",
    "FrameSkip": "rlprobe.wrappers",
    "AgentView": "rlprobe.view",
    "record_random": "rlprobe.record",
    "diagnose": "rlprobe.diagnose",
    "Setting": "rlprobe.agent",
    "Agent": "rlprobe.agent",
}

__all__ = [*_HOME]  # noqa: PLE0604 - names resolved by __getattr__
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'rlprobe' has no attribute {name!r}; it has {', '.join(_HOME)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
