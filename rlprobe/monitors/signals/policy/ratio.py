"""Ratio of new to old probabilities: exactly 1 in the first minibatch after a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

MOST_OFF = 1e-3
BROKEN_OFF = 0.1
CLIP = 0.2


class Ratio:
    """Hears exponentials of new minus old log-probabilities: the first of each rollout, and some others.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self.experience = -1
        self.listens = True
        self._first: float | None = None
        self._kl: list[float] = []
        self._clipped: list[float] = []
        self._held = Held()
        self._since: int | None = None

    def hear(self, tensor: Any, experience: int, now: Callable[[], Moment]) -> None:
        """The ratio of one minibatch; the first after new experience belongs to a new rollout."""
        if experience != self.experience:
            self.close_phase(now())
            self.experience = experience
        self.listens = False
        ratio = tensor.detach()
        if self._first is None:
            self._first = float((ratio - 1.0).abs().mean())
        elif ratio.numel():
            self._kl.append(float((ratio - 1.0 - ratio.clamp_min(1e-12).log()).mean()))
            self._clipped.append(float(((ratio - 1.0).abs() > CLIP).float().mean()))

    def close_phase(self, now: Moment) -> None:
        """A rollout has been learned from."""
        if self._first is not None:
            self.curves.add("first_ratio_off", now.step, self._first)
            self._since = self._held.see(not self._first <= MOST_OFF, now)
        if self._kl:
            self.curves.add("approx_kl", now.step, sum(self._kl) / len(self._kl))
            self.curves.add("clip_fraction", now.step, sum(self._clipped) / len(self._clipped))
        self._first, self._kl, self._clipped = None, [], []

    def judge(self) -> list[Finding]:
        """Whether the first ratios are off."""
        if self._since is None:
            return []
        off = self.curves.get("first_ratio_off").last
        words = f"before any update of a rollout, the ratio is off 1 by {short(off)} on average"
        severity: Severity = "broken" if off > BROKEN_OFF else "look"
        return [Finding("first-ratio-not-one", severity, self._since, words, off, (0.0, MOST_OFF))]
