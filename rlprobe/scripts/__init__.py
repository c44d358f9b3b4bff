"""Unchanged training scripts as subjects of a diagnosis."""

from rlprobe.scripts.subject import ScriptSubject, script_agent

__all__ = ["ScriptSubject", "script_agent"]
