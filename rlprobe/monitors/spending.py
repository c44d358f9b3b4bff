"""How much time the monitors may take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARE = 0.015
"""Of the processor time of the thread that trains, for everything that need not be measured at every step."""
CREDIT_S = 0.03
"""For the first measurements."""


class Spending:
    """Keeps measurements within a share of the run's time, whatever they cost on this machine.

    Args:
        share: of the processor time.
        credit: seconds that may be spent at once.
    """

    def __init__(self, share: float = SHARE, credit: float = CREDIT_S) -> None:
        self.share, self.credit = share, credit
        self.began = time.thread_time()
        self.spent = 0.0
        self._costs: dict[str, float] = {}

    def may(self, what: str) -> bool:
        """Whether a measurement fits, by what it cost the last time."""
        allowed = self.credit + self.share * (time.thread_time() - self.began)
        return self.spent + self._costs.get(what, 0.0) <= allowed

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Count the time of the block as the cost of a measurement."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.spent += self._note(what, time.thread_time() - began)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """The same for a part of a measurement whose time is counted already."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._note(what, time.thread_time() - began)

    def _note(self, what: str, cost: float) -> float:
        self._costs[what] = max(cost, 0.9 * self._costs.get(what, 0.0))
        return cost
