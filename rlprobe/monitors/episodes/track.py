"""Follow one environment step by step."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.episodes.column import Column, most_kept
from rlprobe.monitors.episodes.copies import SMALL, copied, size_of

if TYPE_CHECKING:
    from rlprobe.monitors.episodes.place import Place

KEEP_EVERY = 5
KEEP_LARGE_EVERY = 47
SPARSER_AT_MOST, STEPS_PER_KEPT = 8, 2_000
"""In long runs fewer observations are kept: one for each 2,000th of the steps so far, down to an eighth."""


class Track:
    """What happens in one environment.

    Args:
        env: the environment, as the training code steps it.
        place: where it is stepped.
    """

    def __init__(self, env: Any, place: Place) -> None:
        self.is_it = weakref.ref(env)
        self.place = place
        self.fresh = False
        self.steps = 0
        self.every = self._first_every = KEEP_EVERY
        self._due = self._most = 0
        self._waiting: Any = None
        self.latest: Any = None
        self.column = Column()

    def started(self, observation: Any) -> None:
        """A reset that the training code asked for."""
        self.column.begin(self.steps)
        self.fresh = True
        self.latest = observation
        self._keep(observation)

    def stepped(self, action: Any, result: Any) -> None:
        """A step, with what the environment returned."""
        if len(result) == 5:
            observation, reward, terminated, truncated, _ = result
        else:
            observation, reward, done, info = result
            truncated = bool(info.get("TimeLimit.truncated", False))
            terminated = bool(done) and not truncated
        column = self.column
        if self._waiting is not None:
            column.kept.append((self.steps, self._waiting, copied(action)))
            self._waiting = None
        column.rewards.append(float(reward))
        self.steps += 1
        self.place.steps += 1
        self.latest = observation
        if terminated or truncated:
            cut = bool(truncated) and not terminated
            final = copied(observation) if cut and column.kept else None
            place = self.place
            place.ended(column.finish(place.book.gamma, truncated=cut, final=final))
            column.begin(self.steps)
        elif self.steps >= self._due:
            self._keep(observation)

    def _keep(self, observation: Any) -> None:
        """Keep what the agent sees now, for the next step."""
        self._waiting = copied(observation)
        if not self._most:
            self._most = most_kept(self._waiting, 1)
            if size_of(self._waiting) > SMALL:
                self.every = self._first_every = KEEP_LARGE_EVERY
        self._due = self.steps + sparser(self._first_every, self.steps)
        self.column.keep_within(self._most)

    def flush(self) -> None:
        """Nothing waits."""


def sparser(every: int, steps: int, envs: int = 1) -> int:
    """Steps of a loop until the next observation is kept, after ``steps`` steps of ``envs`` environments.

    >>> sparser(5, 1_000), sparser(5, 60_000), sparser(5, 10**7)
    (5, 30, 40)
    """
    return min(SPARSER_AT_MOST * every, max(every, steps // (STEPS_PER_KEPT * envs)))
