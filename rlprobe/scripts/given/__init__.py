"""Unchanged training scripts as agents on an environment of the user."""

from rlprobe.scripts.given.maker import GivenScript

__all__ = ["GivenScript"]
