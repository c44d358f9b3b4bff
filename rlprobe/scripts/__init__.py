"""Diagnose unchanged training scripts."""

from rlprobe.scripts.factory import script_agent
from rlprobe.scripts.subject import ScriptSubject

__all__ = ["ScriptSubject", "script_agent"]
