"""The screen of a game: header, pictures, key caps and help."""

from __future__ import annotations

from rlprobe.player.screen.screen import Screen

__all__ = ["Screen"]
