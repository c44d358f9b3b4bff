"""How far each update moves the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.monitors.signals.told import KL_BOUNDS
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

STILL_BELOW = 1e-5
STILL_FOR = 20
ANNEALED_BELOW = 0.1
"""Of the largest learning rate: policies may stand still at the end of a schedule."""


class PolicySteps:
    """Judges the exact KL divergence of updates.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._held = {severity: Held() for _, severity in KL_BOUNDS}
        self._since: dict[str, int | None] = {}
        self._still = Held(updates=STILL_FOR)
        self._still_since: int | None = None

    def see(self, kl: float, now: Moment) -> None:
        """The divergence that one update caused."""
        self.curves.add("kl", now.step, kl)
        for limit, severity in KL_BOUNDS:
            self._since[severity] = self._held[severity].see(not kl <= limit, now)

    def see_since_last(self, kl: float, now: Moment) -> None:
        """The divergence from the policy at the last look: of one rollout, or of many updates."""
        rates = self.curves.get("learning_rate").values
        annealed = bool(rates) and rates[-1] < ANNEALED_BELOW * max(rates)
        self._still_since = self._still.see(kl < STILL_BELOW and not annealed, now)

    def judge(self, book: Book) -> list[Finding]:
        """Findings on the size of updates."""
        found: list[Finding] = []
        recent = self.curves.get("kl").values[-5:]
        for _, severity in KL_BOUNDS:
            since = self._since.get(severity)
            if since is None:
                continue
            shown: Severity = "note" if severity == "look" and book.near_best() else severity
            words = f"updates move the policy by {short(float(np.median(recent)))} nats (KL divergence)"
            value = float(np.median(recent))
            found.append(Finding("policy-step-too-large", shown, since, words, value, (None, 0.02)))
            break
        if self._still_since is not None and not book.near_best():
            words = f"{STILL_FOR} updates in a row moved the policy by less than {STILL_BELOW:g} nats each"
            found.append(
                Finding(
                    "policy-never-moves", "look", self._still_since, words, recent[-1], (STILL_BELOW, None)
                )
            )
        return found
