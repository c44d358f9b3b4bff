"""What is kept about episodes and rewards, in one pass and fixed memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.measures.bins import Histograms
from rlprobe.inspection.measures.column_stats import ColumnStats
from rlprobe.inspection.measures.reservoir import Reservoir
from rlprobe.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.inspection.place import Place

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

KEPT_EPISODES: Final = 65_536
"""Number of episodes whose return and length are kept; beyond that, a uniform sample of this size."""
USUAL_SHARE: Final = 0.8
"""A reward that comes at least this often is the usual one; any other is an event."""
MOST_DISTINCT: Final = 64


@dataclass(frozen=True)
class Episode:
    """One episode and where to find it: replay from ``seed`` and leave out the first ``start`` steps."""

    earned: float
    length: int
    seed: int
    start: int


@dataclass(frozen=True)
class Ends:
    """The last steps of the episodes that ended within a chunk, in order.

    Args:
        index: of its reward within the chunk.
        terminated: as the environment said.
        truncated: as the environment said.
        left: steps that the time limit had left, or -1 without one.
        seed: of the block of play, or -1 where an episode cannot be played again by itself.
        start: step of the block with which the episode began.
    """

    index: Counts
    terminated: Counts
    truncated: Counts
    left: Counts
    seed: Counts
    start: Counts

    @classmethod
    def of(cls, rows: list[tuple[int, bool, bool, int, int, int]]) -> Ends:
        """From one row per end."""
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 6).T)

    def __len__(self) -> int:
        return len(self.index)


class Open:
    """Unfinished episodes of all environments: their returns and lengths so far."""

    def __init__(self, lanes: int) -> None:
        self.sums = np.zeros((lanes, 4))  # return, nonzero, events, positive
        self.lengths = np.zeros(lanes, dtype=np.int64)


class EpisodeStats:
    """Returns, lengths and ends of episodes, and the rewards of all steps."""

    def __init__(self) -> None:
        self.rewards = ColumnStats(np.full(1, -np.inf), np.full(1, np.inf))
        self.low_at_end = self.high_at_end = False  # whether the extreme rewards ended their episodes
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
        self.lowest, self.highest = np.inf, -np.inf  # finite returns
        self.kept = Reservoir(KEPT_EPISODES, 4)  # return, length, seed, start

    def add(
        self, rewards: Floats, ends: Ends, starts: Counts, open_: Open, where: Callable[[int], Place]
    ) -> None:
        """Count the rewards of a chunk and the episodes that ended in it.

        Args:
            rewards: one environment after the other, each in order of time; shape ``(n,)``.
            ends: of episodes.
            starts: index of the first reward of each environment.
            open_: the episodes under way, brought up to date.
            where: place of the reward with this index.
        """
        if not len(rewards):
            return
        if not self.steps:
            self.usual = _usual(rewards)
        self._add_rewards(rewards, ends, where)
        self.zero += int((rewards == 0).sum())
        self._count_distinct(rewards)
        self.steps += len(rewards)
        events = rewards != self.usual if self.usual is not None else np.ones(len(rewards), dtype=bool)
        table = np.stack([rewards, rewards != 0, events, rewards > 0], axis=1).astype(np.float64)
        cuts = np.union1d(starts, ends.index + 1)
        cuts = cuts[cuts < len(rewards)]
        sums, lengths = np.add.reduceat(table, cuts, axis=0), np.diff([*cuts, len(rewards)])
        first = np.searchsorted(cuts, starts)
        sums[first] += open_.sums
        lengths[first] += open_.lengths
        closed = np.isin(np.append(cuts[1:], len(rewards)) - 1, ends.index)
        last = np.append(first[1:], len(cuts)) - 1
        goes_on = ~closed[last]
        open_.sums = np.where(goes_on[:, None], sums[last], 0.0)
        open_.lengths = np.where(goes_on, lengths[last], 0)
        if len(ends):
            self._close(sums[closed], lengths[closed], ends)

    def _add_rewards(self, rewards: Floats, ends: Ends, where: Callable[[int], Place]) -> None:
        first = self.rewards.count
        self.rewards.add(rewards[:, None], np.full((len(rewards), 1), np.nan), where)
        low, high = (int(at[0]) - first for at in (self.rewards.low_at, self.rewards.high_at))
        self.low_at_end = low in ends.index if low >= 0 else self.low_at_end
        self.high_at_end = high in ends.index if high >= 0 else self.high_at_end

    def _close(self, sums: Floats, lengths: Counts, ends: Ends) -> None:
        """Count finished episodes."""
        self.count += len(ends)
        self.rewarded += int((sums[:, 1] > 0).sum())
        self.eventful += int((sums[:, 2] > 0).sum())
        self.positive += int((sums[:, 3] > 0).sum())
        self.longest = max(self.longest, int(lengths.max()))
        self.shortest = min(self.shortest or int(lengths.min()), int(lengths.min()))
        finite = sums[np.isfinite(sums[:, 0]), 0]
        self.lowest = min(self.lowest, float(finite.min(initial=np.inf)))
        self.highest = max(self.highest, float(finite.max(initial=-np.inf)))
        for moments, values in ((self.returns, sums[:, 0]), (self.lengths, lengths.astype(np.float64))):
            moments.add_rows(values[:, None], skip_nonfinite=True)
        self.histogram.add(np.stack([sums[:, 0], lengths], axis=1))
        self.kept.add(np.stack([sums[:, 0], lengths, ends.seed, ends.start], axis=1))
        self._note_ends(lengths, ends)
        self._note_extremes(sums[:, 0], lengths, ends)

    def _note_ends(self, lengths: Counts, ends: Ends) -> None:
        self.terminated += int(ends.terminated.sum())
        self.truncated += int(ends.truncated.sum())
        self.both += int((ends.terminated & ends.truncated).sum())
        for kept, chosen in ((self.own, ends.left < 0), (self.early, ends.left > 0)):
            cut = lengths[chosen & (ends.truncated > 0)]
            for length, times in zip(*(a.tolist() for a in np.unique(cut, return_counts=True)), strict=True):
                if length in kept or len(kept) < MOST_DISTINCT:
                    kept[length] = kept.get(length, 0) + times

    def _note_extremes(self, returns: Floats, lengths: Counts, ends: Ends) -> None:
        """Keep the best and the worst episode among those that can be played again by themselves."""
        values = np.where(ends.seed >= 0, returns, np.nan)
        if not np.isfinite(values).any():
            return
        for place, best in ((int(np.nanargmax(values)), True), (int(np.nanargmin(values)), False)):
            earned, old = float(returns[place]), self.best if best else self.worst
            if old is None or (earned > old.earned if best else earned < old.earned):
                found = Episode(earned, int(lengths[place]), int(ends.seed[place]), int(ends.start[place]))
                self.best, self.worst = (found, self.worst) if best else (self.best, found)

    def _count_distinct(self, rewards: Floats) -> None:
        if self.distinct is None:
            return
        values, counts = np.unique(rewards[np.isfinite(rewards)], return_counts=True)
        for value, count in zip(values[: MOST_DISTINCT + 1].tolist(), counts.tolist(), strict=False):
            self.distinct[value] = self.distinct.get(value, 0) + count
        if len(self.distinct) > MOST_DISTINCT:
            self.distinct = None

    def median(self) -> Episode | None:
        """Of the kept episodes that can be played again by themselves, that with the median return."""
        rows = self.kept.rows
        rows = rows[rows[:, 2] >= 0]
        if not len(rows):
            return None
        earned, length, seed, start = rows[np.argsort(rows[:, 0], kind="stable")[len(rows) // 2]].tolist()
        return Episode(earned, int(length), int(seed), int(start))


def _usual(rewards: Floats) -> float | None:
    """The reward of most steps, if there is one."""
    values, counts = np.unique(rewards, return_counts=True)
    place = int(np.argmax(counts))
    return float(values[place]) if counts[place] >= USUAL_SHARE * len(rewards) else None
