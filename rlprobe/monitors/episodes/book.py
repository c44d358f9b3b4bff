"""The finished episodes of the environments that are stepped at one place of the code."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.episodes.trail import Trail
from rlprobe.monitors.series import Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.monitors.episodes.column import Episode, Point

RECENT = 100
FIRST = 20
MOST_POINTS = 1_024
TAIL_AT_MOST = 0.25
"""Points of truncated episodes are used if no more than this share of the return may have been cut off."""
GAMMA = 0.99
"""Assumed while no discount has been found."""


class Book:
    """Episodes of one place, in fixed memory."""

    def __init__(self) -> None:
        self.gamma = GAMMA
        self.returns, self.lengths, self.cut_share = Series(), Series(), Series()
        self.trail = Trail()
        self.first: list[Episode] = []
        self.recent: deque[Episode] = deque(maxlen=RECENT)
        self.points: deque[Point] = deque(maxlen=MOST_POINTS)
        self._ends: deque[int] = deque(maxlen=MOST_POINTS)
        self.count = self.truncated = self.points_seen = 0
        self.best, self.best_step = -np.inf, 0
        self.non_finite: int | None = None
        self._recent_cut = 0
        self.ends = self.ends_together = 0

    def add(self, step: int, episode: Episode, envs: int = 1, ago: int = 0) -> None:
        """Note an episode at environment step ``step``, of one of ``envs`` environments.

        It ended ``ago`` steps before: those of a vector environment are noted together.
        """
        at = step - ago
        self.count += 1
        self.truncated += episode.truncated
        for point in episode.points:
            self.trail.visit(point.observation, at - envs * point.left)
            if point.tail <= TAIL_AT_MOST:
                self.points.append(point)
                self._ends.append(step)
                self.points_seen += 1
        if episode.earned - episode.earned != 0.0:
            self.non_finite = at if self.non_finite is None else self.non_finite
            return
        slim = episode._replace(points=[]) if episode.points else episode
        if len(self.first) < FIRST:
            self.first.append(slim)
        self._recent_cut += slim.truncated - (len(self.recent) == RECENT and self.recent[0].truncated)
        self.recent.append(slim)
        self.returns.add(at, episode.earned)
        self.lengths.add(at, float(episode.length))
        self.cut_share.add(at, self.truncated_share)
        if episode.earned > self.best:
            self.best, self.best_step = episode.earned, at

    def points_since(self, step: int, fewest: int, most: int) -> list[Point]:
        """Points of episodes that ended after ``step``: at least ``fewest``, at most ``most``."""
        late = sum(1 for end in self._ends if end > step)
        return list(self.points)[-min(most, max(fewest, late)) :]

    def earned(self, *, recent: bool) -> NDArray[np.float64]:
        """Returns of the most recent episodes, or of the first ones."""
        return np.array([one.earned for one in (self.recent if recent else self.first)])

    @property
    def truncated_share(self) -> float:
        """Of the recent episodes."""
        return self._recent_cut / len(self.recent) if self.recent else 0.0

    def improved(self) -> bool | None:
        """Whether recent episodes are better than the first ones; None if there are too few.

        Better: the difference of the means exceeds two standard errors.
        """
        first, recent = self.earned(recent=False), self.earned(recent=True)
        if len(first) < FIRST // 2 or self.count < 2 * FIRST:
            return None
        error = np.sqrt(first.var() / len(first) + recent.var() / len(recent))
        return bool(recent.mean() - first.mean() > 2.0 * error + 1e-9)

    def learned(self) -> bool:
        """Whether recent episodes are better than the first by over two of their standard deviations."""
        first, recent = self.earned(recent=False), self.earned(recent=True)
        if not len(first) or not len(recent):
            return False
        return bool(recent.mean() - first.mean() > max(2.0 * float(first.std()), 1e-9))

    def near_best(self) -> bool:
        """Whether recent episodes are about as good as any: then a policy need not be random any more."""
        recent = self.earned(recent=True)
        if not len(recent):
            return False
        span = self.best - min(float(self.earned(recent=False).min()), float(recent.min()))
        return bool(np.median(recent) >= self.best - 0.25 * span - 1e-9)
