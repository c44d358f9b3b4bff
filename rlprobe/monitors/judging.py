"""From signals to findings: each is raised once, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.findings.finding import ORDER, Finding
from rlprobe.monitors.signals.returns import judge_returns
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.learning import Learning

FEWEST_EPISODES = 20
FEWEST_STEPS = 500
FEWEST_UPDATES = 20
NO_UPDATE_AFTER_STEPS = 2_000
SLOWER_BELOW = 0.8
FEWEST_SPEEDS = 40


class Judge:
    """Keeps what was found.

    Args:
        learning: the run.
        tell: called with each new finding.
    """

    def __init__(self, learning: Learning, tell: Callable[[Finding], None] | None = None) -> None:
        self.learning, self.tell = learning, tell
        self._found: dict[str, Finding] = {}

    @property
    def findings(self) -> list[Finding]:
        """What was found so far, in the order in which it was."""
        return list(self._found.values())

    def enough(self) -> bool:
        """Whether the run was long enough to be called healthy."""
        now = self.learning.now()
        if now.step < FEWEST_STEPS:
            return False
        return self.learning.book.count >= FEWEST_EPISODES or now.updates >= FEWEST_UPDATES

    def look(self, *, final: bool = False) -> None:
        """Judge all signals now."""
        with self.learning.spending.on("judge"):
            self.learning.show_episodes()
            now = self.learning.now(final=final)
            for finding in self._all(now):
                self._keep(finding)

    def _all(self, now: Moment) -> list[Finding]:
        learning, book = self.learning, self.learning.book
        return [
            *judge_returns(book, now, now.step),
            *learning.updates.judge(book, now),
            *learning.entropy.judge(book, now),
            *learning.ratio.judge(),
            *learning.data.judge(),
            *learning.told_values.judge(),
            *learning.observer.judge(now, book, learning.settings.sync),
            *(self._at_the_end(now) if now.final else []),
        ]

    def _keep(self, finding: Finding) -> None:
        before = self._found.get(finding.id)
        if before is not None and ORDER.index(before.severity) <= ORDER.index(finding.severity):
            return
        self._found[finding.id] = finding
        if before is None and self.tell is not None:
            self.tell(finding)

    def _at_the_end(self, now: Moment) -> list[Finding]:
        found: list[Finding] = []
        learning = self.learning
        idle = learning.torch is not None and not learning.updates.count and learning.entropy.calls
        if idle and now.step >= NO_UPDATE_AFTER_STEPS:
            words = f"a network chose actions for {now.step:,} steps, and no optimizer has stepped"
            found.append(Finding("no-update", "look", 0, words, 0.0, (1.0, None)))
        speeds = np.array(learning.curves.get("steps_per_second").values)
        if len(speeds) >= FEWEST_SPEEDS:
            part = len(speeds) // 5
            early, late = float(np.median(speeds[part : 2 * part])), float(np.median(speeds[-part:]))
            if late < SLOWER_BELOW * early:
                words = f"{percent(1 - late / early)} fewer steps a second than after a fifth of the run"
                found.append(Finding("slower-and-slower", "note", now.step, words, late / early, (0.8, None)))
        return found
