"""Versions of Python and libraries, for reports that others read."""

from __future__ import annotations

import functools
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

LIBRARIES: Final = {
    "rlprobe": "gymnasium-rlprobe",
    "gymnasium": "gymnasium",
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax",
    "tensorflow": "tensorflow",
    "stable_baselines3": "stable-baselines3",
    "sb3_contrib": "sb3-contrib",
}
"""Distribution by module, in the order in which reports show them."""


def versions() -> dict[str, str]:
    """Python and those of ``LIBRARIES`` that this process has imported, each with its version.

    >>> list(versions())[:2]
    ['python', 'rlprobe']
    """
    found = {"python": platform.python_version()}
    for module, distribution in LIBRARIES.items():
        if module in sys.modules:
            found[module] = _version_of(module, distribution)
    return found


@functools.cache
def _version_of(module: str, distribution: str) -> str:
    """What the module says itself: to look through all installed distributions takes milliseconds."""
    said = getattr(sys.modules[module], "__version__", None)
    try:
        return str(said) if said else version(distribution)
    except PackageNotFoundError:
        return "unknown"
