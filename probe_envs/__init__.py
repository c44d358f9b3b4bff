"""Tiny environments whose exact answers are known; registered with Gymnasium as ``probe/<Name>-v0``."""

from probe_envs.actions import ActionError
from probe_envs.env import ProbeEnv
from probe_envs.mdp import END, MDP, MDPError
from probe_envs.probe import Probe
from probe_envs.solve import Solution, backup, belief, evaluate, solve
from probe_envs.suite import SUITE, WRAPPER_PROBES, UnknownProbeError, probe, register
from probe_envs.table import Table, tabulate
from probe_envs.vector import ProbeVectorEnv

__all__ = [
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
