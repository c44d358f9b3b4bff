"""Exit codes of the commands."""

from __future__ import annotations

from typing import Final

HEALTHY: Final = 0
FOUND: Final = 1
"""A fault of an agent, or something harmful in an environment."""
WRONG_USAGE: Final = 2
INCONCLUSIVE: Final = 3
CRASHED: Final = 4
"""The agent, the environment or the script raised an error."""
INTERRUPTED: Final = 130
"""Stopped by Ctrl-C; as shells report it."""
