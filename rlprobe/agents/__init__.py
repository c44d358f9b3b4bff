"""Reference agents to read and to compare with, and PopArt for your own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.agents.popart import PopArt

__all__ = ["PopArt"]


def __getattr__(name: str) -> Any:
    """PopArt is imported when it is used: it needs torch, which other agents do not."""
    if name != "PopArt":
        raise AttributeError(f"module 'rlprobe.agents' has no attribute {name!r}")
    from rlprobe.extras import need

    need("torch", "rlprobe.agents.PopArt")
    return importlib.import_module("rlprobe.agents.popart").PopArt
