"""When something that was seen counts: after it has held for a while."""

from __future__ import annotations

from dataclasses import dataclass

UPDATES = 5
SHARE_OF_RUN = 0.05


@dataclass(frozen=True)
class Moment:
    """Where a run is.

    Args:
        step: environment steps so far.
        updates: updates so far; a rollout and what is learned from it is one.
        total: environment steps that the run will have; None if unknown.
        final: whether the run has ended.
    """

    step: int
    updates: int = 0
    total: int | None = None
    final: bool = False

    @property
    def length(self) -> int:
        """Steps of the whole run, as far as known."""
        return self.step if self.final or self.total is None else max(self.total, self.step)

    @property
    def share(self) -> float:
        """How much of the run has passed; 0 while its length is unknown."""
        if self.final:
            return 1.0
        return min(1.0, self.step / self.total) if self.total else 0.0


class Held:
    """Whether a condition has held for 5 updates and for 5 % of the run.

    >>> held = Held()
    >>> [held.see(True, Moment(step)) for step in (0, 10, 20, 30, 40)]
    [None, None, None, None, 0]
    """

    def __init__(self, updates: int = UPDATES, share: float = SHARE_OF_RUN) -> None:
        self.updates, self.share = updates, share
        self.since: int | None = None
        self.times = 0

    def see(self, bad: bool, now: Moment) -> int | None:
        """The step since which the condition holds, once that is long enough."""
        if not bad:
            self.since, self.times = None, 0
            return None
        if self.since is None:
            self.since = now.step
        self.times += 1
        if self.times < self.updates or now.step - self.since < self.share * now.length:
            return None
        return self.since
