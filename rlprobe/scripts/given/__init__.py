"""Unchanged training scripts as agents on an environment of the user."""

from rlprobe.scripts.given.maker import GivenScript, given_script

__all__ = ["GivenScript", "given_script"]
