"""How large values and targets are, and whether targets are on the scale of the returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.monitors.signals.data import VERY_LARGE_ABOVE
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

LARGE_ABOVE = 100.0
FAR_LARGER, FAR_SMALLER = 3.0, 100.0
"""Targets of a critic that is still new are far smaller than the returns."""
WRONG = 1_000.0
"""No one scales rewards by this much."""
FEWEST = 4
LATE = 0.5


class Scale:
    """Judges the size of values, beside that of targets and of realised returns.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._large, self._very = Held(), Held()
        self._large_since: int | None = None
        self._very_since: int | None = None

    def see(self, values: float, returns: float, now: Moment) -> None:
        """The 99th percentile of the size of values, and of the discounted returns that followed."""
        self.curves.add("values", now.step, values)
        self.curves.add("discounted_return", now.step, returns)
        self._large_since = self._large.see(values > LARGE_ABOVE, now)
        self._very_since = self._very.see(values > VERY_LARGE_ABOVE, now)

    def judge(self, now: Moment) -> list[Finding]:
        """Findings on the scale; values stand for their targets, where those were not found."""
        if len(self.curves.get("targets")):
            return self._targets(now)
        size = self.curves.get("values").last
        words = f"99 % of the values are below {short(size)} in size"
        if self._very_since is not None:
            since = self._very_since
            return [Finding("targets-large", "look", since, words, size, (None, VERY_LARGE_ABOVE))]
        if self._large_since is not None:
            return [Finding("targets-large", "note", self._large_since, words, size, (None, LARGE_ABOVE))]
        return []

    def _targets(self, now: Moment) -> list[Finding]:
        """Targets are estimates of the returns that follow, so they are about as large."""
        told, followed = (
            [v for s, v in zip(one.steps, one.values, strict=True) if s >= LATE * now.step]
            for one in (self.curves.get("targets"), self.curves.get("discounted_return"))
        )
        if min(len(told), len(followed)) < FEWEST:
            return []
        target, outcome = float(np.median(told)), float(np.median(followed))
        if not target > 0 or not outcome > 0 or 1 / FAR_SMALLER < target / outcome < FAR_LARGER:
            return []
        words = (
            f"99 % of the targets are below {short(target)} in size, of the returns below {short(outcome)}"
        )
        bounds = (outcome / FAR_SMALLER, outcome * FAR_LARGER)
        far = not 1 / WRONG < target / outcome < WRONG
        severity: Severity = "look" if far else "note"
        return [Finding("targets-on-another-scale", severity, int(LATE * now.step), words, target, bounds)]
