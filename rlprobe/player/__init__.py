"""``rlprobe.play``: play an environment from what the agent sees."""

from __future__ import annotations

from rlprobe.player.playing import Result, play

__all__ = ["Result", "play"]
