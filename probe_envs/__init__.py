"""Tiny environments whose exact values are known; registered with Gymnasium as ``probe/<Name>-v0``.

Importing this package only registers them, so it costs almost nothing. The code of the environments is
imported when the first one is made.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from probe_envs.belief import belief
from probe_envs.mdp import END, MDP, MDPError
from probe_envs.probe import Probe
from probe_envs.solve import Solution, backup, evaluate, solve
from probe_envs.suite import CHOICE_PROBES, SUITE, WRAPPER_PROBES, UnknownProbeError, probe, register
from probe_envs.table import Table, tabulate

if TYPE_CHECKING:
    from probe_envs.actions import ActionError
    from probe_envs.envs.scalar import ProbeEnv
    from probe_envs.envs.vector import ProbeVectorEnv

_HOME = {
    "ActionError": "probe_envs.actions",
    "ProbeEnv": "probe_envs.envs.scalar",
    "ProbeVectorEnv": "probe_envs.envs.vector",
}

__all__ = [
    "CHOICE_PROBES",
    "END",
    "MDP",
    "SUITE",
    "WRAPPER_PROBES",
    "ActionError",
    "MDPError",
    "Probe",
    "ProbeEnv",
    "ProbeVectorEnv",
    "Solution",
    "Table",
    "UnknownProbeError",
    "backup",
    "belief",
    "evaluate",
    "probe",
    "register",
    "solve",
    "tabulate",
]

register()


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'probe_envs' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
