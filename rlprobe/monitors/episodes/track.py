"""Follow one environment, single or vector, step by step."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.column import Column, most_kept
from rlprobe.monitors.episodes.copies import SMALL, copied, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.monitors.episodes.place import Place

MOST_FOLLOWED = 64
"""Of the environments of a vector environment."""
BLOCK_STEPS = 64
TRUE = b"\x01"
"""In the bytes of flags: quicker than ``any`` for a few environments."""
KEEP_EVERY = 5
KEEP_OF_VECTOR_EVERY = 3
KEEP_LARGE_EVERY = 47


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
        self.every = KEEP_EVERY
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
        column, place = self.column, self.place
        if self._waiting is not None:
            column.kept.append((self.steps, self._waiting, copied(action)))
            self._waiting = None
        earned = float(reward)
        column.rewards.append(earned)
        column.earned += earned
        column.length += 1
        self.steps += 1
        place.steps += 1
        self.latest = observation
        if terminated or truncated:
            cut = bool(truncated) and not terminated
            final = copied(observation) if cut and column.kept else None
            place.ended(column.finish(place.book.gamma, truncated=cut, final=final))
            column.begin(self.steps)
        elif self.steps >= self._due:
            self._keep(observation)

    def _keep(self, observation: Any) -> None:
        """Keep what the agent sees now, for the next step."""
        self._waiting = copied(observation)
        if not self._most:
            self._most = most_kept(self._waiting, 1)
            self.every = KEEP_LARGE_EVERY if size_of(self._waiting) > SMALL else self.every
        self._due = self.steps + self.every
        self.column.keep_within(self._most)

    def flush(self) -> None:
        """Nothing waits."""


class VectorTrack:
    """What happens in the environments of a vector environment.

    Args:
        env: the vector environment, as the training code steps it.
        place: where it is stepped.
        num_envs: how many environments it has.
        next_step: whether the step after an end only resets, and its action and reward mean nothing.
    """

    def __init__(self, env: Any, place: Place, num_envs: int, *, next_step: bool) -> None:
        self.is_it = weakref.ref(env)
        self.place, self.count, self.next_step = place, num_envs, next_step
        self.followed = min(num_envs, MOST_FOLLOWED)
        self.columns = [Column() for _ in range(self.followed)]
        self.fresh = False
        self.terminates = False
        self.steps = 0
        self.every = KEEP_OF_VECTOR_EVERY
        self._kept: tuple[int, Any] | None = None
        self._rewards = np.zeros((BLOCK_STEPS, num_envs))
        self._ended = np.zeros((BLOCK_STEPS, num_envs), bool)
        self._cut = np.zeros((BLOCK_STEPS, num_envs), bool)
        self._filled = self._most = 0
        self._finals: dict[tuple[int, int], Any] = {}
        self.latest: Any = None

    def started(self, observation: Any, mask: NDArray[np.bool_] | None = None) -> None:
        """A reset of all environments that the training code asked for, or of those in ``mask``."""
        self.flush()
        self.fresh = mask is None
        for i, column in enumerate(self.columns):
            if mask is None or mask[i]:
                column.begin(self.steps)
        self.latest = observation
        self._keep(observation)

    def stepped(self, actions: Any, result: Any) -> None:
        """A step of all environments, with what was returned."""
        at = self._filled
        if len(result) == 5:
            observations, self._rewards[at], self._ended[at], self._cut[at], infos = result
            self.terminates = True
        else:
            observations, self._rewards[at], self._ended[at], infos = result
            self._cut[at] = False
            if TRUE in self._ended[at].tobytes():
                self._cut[at] = [bool(one.get("TimeLimit.truncated", False)) for one in infos]
        if self._kept is not None:
            i, observation = self._kept
            self._kept = None
            if actions is not None:
                self.columns[i].kept.append((self.steps, observation, copied(actions, i)))
        if TRUE in self._cut[at].tobytes():
            final = self._final_of_gymnasium if len(result) == 5 else _final_of_sb3
            for i in np.flatnonzero(self._cut[at, : self.followed]).tolist():
                self._finals[self.steps, i] = final(infos, observations, i)
        self.steps += 1
        self.place.steps += self.count
        self.latest = observations
        self._filled += 1
        if self._filled == BLOCK_STEPS:
            self.flush()
        if self.steps % self.every == 0:
            self._keep(observations)

    def _keep(self, observations: Any) -> None:
        i = (self.steps // self.every) % self.followed
        kept = copied(observations, i)
        if not self._most:
            self._most = most_kept(kept, self.followed)
            self.every = KEEP_LARGE_EVERY if size_of(kept) > SMALL else self.every
        self._kept = (i, kept)
        self.columns[i].keep_within(self._most)

    @staticmethod
    def _final_of_gymnasium(infos: Any, observations: Any, i: int) -> Any:
        final = infos.get("final_obs") if isinstance(infos, dict) else None
        if final is not None and final[i] is not None:
            return copied(final[i])
        return copied(observations, i)

    def flush(self) -> None:
        """Bring the open episodes up to date."""
        count, self._filled = self._filled, 0
        if not count:
            return
        rewards, ended, cut = self._rewards[:count], self._ended[:count], self._cut[:count]
        if self.terminates:
            ended, cut = ended | cut, cut & ~ended
        first = self.steps - count
        self._note_resets(ended | cut)
        for i in range(self.followed):
            self._advance(i, first, rewards[:, i].tolist(), np.flatnonzero(ended[:, i]).tolist(), cut[:, i])
        self._finals.clear()

    def _note_resets(self, ends: NDArray[np.bool_]) -> None:
        """Count the episodes that end, and those that end together with all others."""
        rows = ends.sum(1)
        self.place.book.ends += int(rows.sum())
        self.place.book.ends_together += int(rows[rows == self.count].sum()) if self.count > 1 else 0

    def _advance(
        self, i: int, first: int, rewards: list[float], ends: Sequence[int], cut: NDArray[np.bool_]
    ) -> None:
        column, book = self.columns[i], self.place.book
        for end in ends:
            begin = max(column.start - first, 0) if not column.rewards else self._resume(column, first)
            if end < begin:
                continue
            column.take(rewards[begin : end + 1])
            final = self._finals.get((first + end, i))
            self.place.ended(column.finish(book.gamma, truncated=bool(cut[end]), final=final), self.count)
            column.begin(first + end + (2 if self.next_step else 1))
        begin = max(column.start - first, 0) if not column.rewards else self._resume(column, first)
        column.take(rewards[begin:])

    @staticmethod
    def _resume(column: Column, first: int) -> int:
        return max(column.start + len(column.rewards) - first, 0)


def _final_of_sb3(infos: Any, observations: Any, i: int) -> Any:
    final = infos[i].get("terminal_observation")
    return copied(final) if final is not None else copied(observations, i)
