"""One seed of one trial, and until when it may run."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.run import Failure, Run

if TYPE_CHECKING:
    from rlprobe.diagnosis.trial import Trial

RUN_SHARE = 1.2
"""A run gets its equal share of the remaining time, times this."""
MOST_WAITING = 2.0
"""A slow agent is tested as if no more than so many runs were waiting for each process."""
SHARE_OF_CHOICES = 2.0
"""The same on CashOut, where a run that ends too soon shows nothing."""


@dataclass(frozen=True)
class Task:
    """One seed of one trial."""

    number: int
    trial: Trial
    seed: int


class Shares:
    """Divides the time among the runs: equally, until one ends too early to tell anything.

    Then the runs that come first, which tell most, get longer, and the last ones may not get any.
    """

    most_waiting = math.inf

    def note(self, task: Task, outcome: Run | Failure) -> None:
        """See whether a run was cut short before its values could tell anything."""
        cut = isinstance(outcome, Run) and outcome.timed_out and not outcome.settled
        if cut and task.trial.probe.asks == "value":
            self.most_waiting = MOST_WAITING

    def until_of(self, task: Task, deadline: float, waiting: float) -> float:
        """When a run that begins now has to end, if ``waiting`` runs, with this one, are to run in turn."""
        now = time.perf_counter()
        share = SHARE_OF_CHOICES if task.trial.name == CASH_OUT else RUN_SHARE
        return now + (deadline - now) * min(1.0, share / min(waiting, self.most_waiting))
