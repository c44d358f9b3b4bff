"""Diagnose unchanged training scripts."""

from rlprobe.scripts.subject import ScriptSubject, script_agent

__all__ = ["ScriptSubject", "script_agent"]
