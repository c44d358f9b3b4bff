"""What is kept about episodes and rewards, in one pass and fixed memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.column_stats import ColumnStats
from rlprobe.inspection.histogram import Histograms
from rlprobe.inspection.reservoir import Reservoir
from rlprobe.moments import Moments

if TYPE_CHECKING:
    import numpy.typing as npt

KEPT: Final = 65_536
"""Episodes whose return and length are kept; beyond that a uniform sample of as many."""
USUAL_SHARE: Final = 0.8
"""A reward that comes at least this often is the usual one; any other is an event."""
DISTINCT: Final = 64


@dataclass(frozen=True)
class Episode:
    """One episode and where to find it: replay from ``seed`` and leave out the first ``start`` steps."""

    earned: float
    length: int
    seed: int
    start: int


@dataclass(frozen=True)
class End:
    """The last step of an episode within a chunk.

    Args:
        index: of its reward within the chunk.
        terminated: as the environment said.
        truncated: as the environment said.
        limit_open: steps that the time limit had left, or None without one.
        seed: of the block of play.
        start: step of the block with which the episode began.
    """

    index: int
    terminated: bool
    truncated: bool
    limit_open: int | None
    seed: int
    start: int


class EpisodeStats:
    """Returns, lengths and ends of episodes, and the rewards of all steps."""

    def __init__(self) -> None:
        self.rewards = ColumnStats(np.full(1, -np.inf), np.full(1, np.inf))
        self.distinct: dict[float, int] | None = {}
        self.usual: float | None = None
        self.zero = 0
        self.count = self.steps = self.rewarded = self.eventful = self.positive = 0
        self.terminated = self.truncated = self.both = 0
        self.early: dict[int, int] = {}  # truncated before the time limit: length -> how often
        self.own: dict[int, int] = {}  # truncated without a time limit: length -> how often
        self.best: Episode | None = None
        self.worst: Episode | None = None
        self.returns, self.lengths = Moments(()), Moments(())
        self.histogram = Histograms(2)
        self.longest, self.shortest = 0, 0
        self.kept = Reservoir(KEPT, 4)  # return, length, seed, start
        self.open_length = 0
        self._carry = np.zeros(4)  # return, nonzero, events, positive of the episode under way

    def add(self, rewards: npt.NDArray[np.float64], ends: list[End], first: int) -> None:
        """Count the rewards of a chunk and the episodes that ended in it."""
        if not len(rewards):
            return
        if not self.steps:
            self.usual = _usual(rewards)
        self.rewards.add(rewards[:, None], [], first)
        self.zero += int((rewards == 0).sum())
        self._count_distinct(rewards)
        self.steps += len(rewards)
        events = rewards != self.usual if self.usual is not None else np.ones(len(rewards), dtype=bool)
        table = np.stack([rewards, rewards != 0, events, rewards > 0], axis=1).astype(np.float64)
        cuts = [0, *(end.index + 1 for end in ends)]
        sums = [
            np.add(table[a:b].sum(axis=0), 0.0) for a, b in zip(cuts, [*cuts[1:], len(table)], strict=True)
        ]
        sums[0] = sums[0] + self._carry
        lengths = np.diff(cuts)
        if ends:
            lengths[0] += self.open_length
            self._close(np.array(sums[:-1]), lengths.astype(np.int64), ends)
            self.open_length = 0
        self._carry = sums[-1]
        self.open_length += len(table) - cuts[-1]

    def _close(self, sums: npt.NDArray[np.float64], lengths: npt.NDArray[np.int64], ends: list[End]) -> None:
        """Count finished episodes."""
        self.count += len(ends)
        self.rewarded += int((sums[:, 1] > 0).sum())
        self.eventful += int((sums[:, 2] > 0).sum())
        self.positive += int((sums[:, 3] > 0).sum())
        self.longest = max(self.longest, int(lengths.max()))
        self.shortest = min(self.shortest or int(lengths.min()), int(lengths.min()))
        for moments, values in ((self.returns, sums[:, 0]), (self.lengths, lengths.astype(np.float64))):
            moments.add_rows(values[:, None], skip_nonfinite=True)
        self.histogram.add(np.stack([sums[:, 0], lengths], axis=1))
        places = np.array([[end.seed, end.start] for end in ends], dtype=np.float64)
        self.kept.add(np.concatenate([sums[:, :1], lengths[:, None], places], axis=1))
        for end, length in zip(ends, lengths.tolist(), strict=True):
            self._note_end(end, length)
        self._note_extremes(sums[:, 0], lengths, ends)

    def _note_end(self, end: End, length: int) -> None:
        self.terminated += end.terminated
        self.truncated += end.truncated
        self.both += end.terminated and end.truncated
        if end.truncated and end.limit_open is None:
            self.own[length] = self.own.get(length, 0) + 1 if len(self.own) < DISTINCT else 1
        elif end.truncated and end.limit_open:
            self.early[length] = self.early.get(length, 0) + 1 if len(self.early) < DISTINCT else 1

    def _note_extremes(
        self, returns: npt.NDArray[np.float64], lengths: npt.NDArray[np.int64], ends: list[End]
    ) -> None:
        if not np.isfinite(returns).any():
            return
        for place, best in ((int(np.nanargmax(returns)), True), (int(np.nanargmin(returns)), False)):
            earned, old = float(returns[place]), self.best if best else self.worst
            if old is None or (earned > old.earned if best else earned < old.earned):
                found = Episode(earned, int(lengths[place]), ends[place].seed, ends[place].start)
                self.best, self.worst = (found, self.worst) if best else (self.best, found)

    def _count_distinct(self, rewards: npt.NDArray[np.float64]) -> None:
        if self.distinct is None:
            return
        values, counts = np.unique(rewards[np.isfinite(rewards)], return_counts=True)
        for value, count in zip(values[: DISTINCT + 1].tolist(), counts.tolist(), strict=False):
            self.distinct[value] = self.distinct.get(value, 0) + count
        if len(self.distinct) > DISTINCT:
            self.distinct = None

    def median(self) -> Episode | None:
        """The kept episode with the median return."""
        rows = self.kept.rows
        if not len(rows):
            return None
        earned, length, seed, start = rows[np.argsort(rows[:, 0], kind="stable")[len(rows) // 2]].tolist()
        return Episode(earned, int(length), int(seed), int(start))


def _usual(rewards: npt.NDArray[np.float64]) -> float | None:
    """The reward of most steps, if there is one."""
    values, counts = np.unique(rewards, return_counts=True)
    place = int(np.argmax(counts))
    return float(values[place]) if counts[place] >= USUAL_SHARE * len(rewards) else None
