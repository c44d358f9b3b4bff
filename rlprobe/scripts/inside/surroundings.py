"""The process around a script: its output, its memory, its random numbers."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.utils import seeding

OUTPUT = "output.txt"
LAST_BYTES = 4_000
MEMORY_PARTS = 3
"""A run gets this part of the memory of the machine, between 4 and 16 GiB: two may run at once."""


def mirrored(scratch: Path | str, place: Path) -> Path:
    """Where a file or folder is in the scratch folder of a run: at its whole path, so that ``..`` holds.

    >>> mirrored("/tmp/run", Path("/home/me/project/scripts")).as_posix()
    '/tmp/run/home/me/project/scripts'
    """
    return Path(scratch) / place.relative_to(place.anchor)


def redirect(file: Path) -> None:
    """Let everything that is printed go to a file; nothing can be typed in."""
    output = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def limit_memory() -> None:
    """Leave memory to the run beside this one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        resource = importlib.import_module("resource")
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        most = min(max(pages // MEMORY_PARTS, 2**32), 2**34)
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def seed_all(seed: int) -> None:
    """Seed the global generators, and those that the script or Gymnasium makes without a seed."""
    seeds = np.random.default_rng(seed)
    plain, of_gymnasium = np.random.default_rng, seeding.np_random

    def default_rng(seed: Any = None) -> np.random.Generator:
        return plain(int(seeds.integers(2**31)) if seed is None else seed)

    def np_random(seed: int | None = None) -> Any:
        return of_gymnasium(int(seeds.integers(2**31)) if seed is None else seed)

    np.random.default_rng, seeding.np_random = default_rng, np_random
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what scripts draw from
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@contextlib.contextmanager
def untouched() -> Any:
    """Leave the global generators as they are."""
    torch = sys.modules.get("torch")
    held = random.getstate(), np.random.get_state(), torch.get_rng_state() if torch else None  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(held[0])
        np.random.set_state(held[1])  # noqa: NPY002
        if torch:
            torch.set_rng_state(held[2])
