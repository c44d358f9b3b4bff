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

    def __init__(
        self,
        learning: Learning,
        tell: Callable[[Finding], None] | None = None,
        failed: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self.learning, self.tell, self.failed = learning, tell, failed
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
        self.learning.show_episodes()
        now = self.learning.now(final=final)
        for judge in self._judges(now):
            try:
                found = judge()
            except Exception as error:  # noqa: BLE001 - the others are still asked
                self.failed(error)
                continue
            for finding in found:
                self._keep(finding)

    def look_at_the_end(self) -> None:
        """Judge the whole run."""
        self.look(final=True)

    def _judges(self, now: Moment) -> list[Callable[[], list[Finding]]]:
        learning, book = self.learning, self.learning.book
        return [
            lambda: judge_returns(book, now, now.step),
            lambda: learning.updates.judge(book, now, choice=not learning.entropy.no_choice),
            lambda: learning.entropy.judge(book, now),
            learning.ratio.judge,
            learning.losses.judge,
            learning.arrays.judge,
            learning.data.judge,
            learning.generators.judge,
            learning.told_values.judge,
            *learning.observer.judges(now, book, learning.settings.sync),
            lambda: self._at_the_end(now) if now.final else [],
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
        idle = learning.optimizers_made and not learning.updates.count
        if idle and now.step >= NO_UPDATE_AFTER_STEPS:
            words = f"an optimizer was made, and none has stepped in {now.step:,} environment steps"
            found.append(Finding("no-update", "look", 0, words, 0.0, (1.0, None)))
        speeds = np.array(learning.curves.get("steps_per_second").values)
        if len(speeds) >= FEWEST_SPEEDS:
            part = len(speeds) // 5
            early, late = float(np.median(speeds[part : 2 * part])), float(np.median(speeds[-part:]))
            if late < SLOWER_BELOW * early:
                words = f"{percent(1 - late / early)} fewer steps a second than after a fifth of the run"
                found.append(Finding("slower-and-slower", "note", now.step, words, late / early, (0.8, None)))
        return found
