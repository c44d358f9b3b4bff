"""From the keys held down to an action."""

from __future__ import annotations

from rlprobe.player.keys.binding import KeyMap
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.keys.own_keys import own_keys

__all__ = ["KeyMap", "default_keys", "own_keys"]
