"""Play an environment as the agent sees it."""

from __future__ import annotations

from rlprobe.player.playing import Result, play

__all__ = ["Result", "play"]
