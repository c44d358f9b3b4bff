"""Faults that a diagnosis does not name: each says why, and what sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.unnamed import learning, pipelines

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (*learning.FAULTS, *pipelines.FAULTS)
