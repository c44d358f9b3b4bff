"""One seed of one trial, and until when it may run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlprobe.diagnosis.trial import Trial

RUN_SHARE = 1.2
"""A run gets its equal share of the remaining time, times this, so a slow agent is tested on every probe."""


@dataclass(frozen=True)
class Task:
    """One seed of one trial."""

    number: int
    trial: Trial
    seed: int


def until_of(deadline: float, waiting: float) -> float:
    """When a run that begins now has to end, if ``waiting`` runs, this one included, are to run in turn."""
    now = time.perf_counter()
    return now + (deadline - now) * min(1.0, RUN_SHARE / waiting)
