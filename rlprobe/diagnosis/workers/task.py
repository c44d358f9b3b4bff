"""One seed of one trial, and until when it may run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.diagnosis.choices.chosen import CASH_OUT

if TYPE_CHECKING:
    from rlprobe.diagnosis.trial import Trial

RUN_SHARE = 1.2
"""A run gets its equal share of the remaining time, times this, so a slow agent is tested on every probe."""
SHARE_OF_CHOICES = 2.0
"""The same on CashOut, where a run that ends too soon shows nothing."""


@dataclass(frozen=True)
class Task:
    """One seed of one trial."""

    number: int
    trial: Trial
    seed: int


def until_of(task: Task, deadline: float, waiting: float) -> float:
    """When a run that begins now has to end, if ``waiting`` runs, this one included, are to run in turn."""
    now = time.perf_counter()
    share = SHARE_OF_CHOICES if task.trial.name == CASH_OUT else RUN_SHARE
    return now + (deadline - now) * min(1.0, share / waiting)
