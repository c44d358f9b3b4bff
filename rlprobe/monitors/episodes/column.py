"""The episode that one environment is in, and what came of the observations that were kept from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rlprobe.monitors.episodes.copies import size_of

LONGEST = 100_000
"""Steps after which an episode is no longer kept as a whole."""
MOST_NUMBERS = 4_000_000
"""Of all observations that are kept from the open episodes of one place."""
MOST_KEPT = 500
"""Observations kept from one open episode."""


class Point(NamedTuple):
    """An observation in which an action was taken, and the return that followed.

    Args:
        observation: as the agent got it.
        action: the action taken.
        outcome: ``sum_k gamma^k r_{t+k}`` up to the end of the episode.
        left: steps up to the end, this one included.
        tail: ``gamma^left`` if the episode was truncated, else 0: weight of what was cut off.
        final: the last observation of an episode that was truncated.
    """

    observation: Any
    action: Any
    outcome: float
    left: int
    tail: float = 0.0
    final: Any = None


class Episode(NamedTuple):
    """A finished episode: sum of rewards, number of steps, and how it ended."""

    earned: float
    length: int
    truncated: bool
    points: list[Point]
    whole: bool = True


def most_kept(observation: Any, columns: int) -> int:
    """Observations that one of ``columns`` episodes may keep, which share the memory."""
    return min(MOST_KEPT, max(4, MOST_NUMBERS // (columns * max(1, size_of(observation)))))


@dataclass
class Column:
    """The open episode of one environment.

    Args:
        start: number of the first step of the episode, as its environment counts.
    """

    start: int = 0
    rewards: list[float] = field(default_factory=list)
    kept: list[tuple[int, Any, Any]] = field(default_factory=list)
    _earned: float = 0.0
    _length: int = 0

    @property
    def length(self) -> int:
        """Steps so far, those included whose rewards are forgotten."""
        return self._length + len(self.rewards)

    def take(self, rewards: list[float]) -> None:
        """Go on by so many steps."""
        self.rewards += rewards
        self._shorten()

    def _shorten(self) -> None:
        if len(self.rewards) > LONGEST:
            self.begin(self.start + len(self.rewards), whole=False)

    def keep_within(self, most: int) -> None:
        """Leave out every other observation when there are too many."""
        if len(self.kept) >= most:
            del self.kept[1::2]
        self._shorten()

    def begin(self, start: int, *, whole: bool = True) -> None:
        """Start an episode, or go on with one of which the first part is forgotten."""
        self.start = start
        if whole:
            self._earned, self._length = 0.0, 0
        else:
            self._earned += sum(self.rewards)
            self._length += len(self.rewards)
        self.rewards = []
        self.kept = [one for one in self.kept if one[0] >= start]

    def finish(self, gamma: float, *, truncated: bool, final: Any = None) -> Episode:
        """The episode that has just ended, with the outcome of every observation that was kept."""
        points: list[Point] = []
        if self.kept:
            outcomes = self._outcomes(gamma)
            count = len(self.rewards)
            for number, observation, action in self.kept:
                at = number - self.start
                if 0 <= at < count:
                    tail = gamma ** (count - at) if truncated else 0.0
                    points.append(Point(observation, action, outcomes[at], count - at, tail, final))
        earned = self._earned + sum(self.rewards)
        return Episode(earned, self.length, truncated, points, not self._length)

    def _outcomes(self, gamma: float) -> list[float]:
        first = max(0, self.kept[0][0] - self.start)
        outcomes, value = [0.0] * len(self.rewards), 0.0
        for t in range(len(self.rewards) - 1, first - 1, -1):
            value = self.rewards[t] + gamma * value
            outcomes[t] = value
        return outcomes
