"""Follow a vector environment step by step."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.column import Column, most_kept
from rlprobe.monitors.episodes.copies import SMALL, as_array, copied, size_of
from rlprobe.monitors.episodes.track import KEEP_LARGE_EVERY, sparser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.monitors.episodes.place import Place

MOST_FOLLOWED = 64
"""Of the environments of a vector environment."""
BLOCK_STEPS = 256
TRUE = b"\x01"
"""In the bytes of flags: quicker than ``any`` for a few environments."""
BOOL = np.dtype(bool)
KEEP_EVERY = 3


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
        self.every = self._gap = KEEP_EVERY
        self._due = self._most = 0
        self._kept: tuple[int, Any] | None = None
        self._type: Any = None
        self._never = bytes(num_envs)
        self._rows: list[tuple[bytes, bytes, bytes]] = []
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
        if len(result) == 5:
            observations, rewards, ended, cut, infos = result
        else:
            observations, rewards, ended, infos = result
            cut = None
        if self._kept is not None:
            i, observation = self._kept
            self._kept = None
            if actions is not None:
                self.columns[i].kept.append((self.steps, observation, copied(actions, i)))
        if type(rewards) is not np.ndarray or rewards.dtype is not self._type or ended.dtype is not BOOL:
            rewards, ended = self._as_arrays(rewards, ended)
        said = ended.tobytes()  # as bytes: the quickest copy
        if cut is not None:
            flags = np.asarray(as_array(cut), bool).tobytes()
            self.terminates = True
        elif TRUE in said:
            flags = bytes(bool(one.get("TimeLimit.truncated", False)) for one in infos)
        else:
            flags = self._never
        self._rows.append((rewards.tobytes(), said, flags))
        if flags is not self._never and TRUE in flags:
            self._note_finals(flags, observations, infos)
        self.steps = steps = self.steps + 1
        self.place.steps += self.count
        self.latest = observations
        if steps >= self._due:
            self._keep(observations)
            if len(self._rows) >= BLOCK_STEPS:
                self.flush()

    def _as_arrays(self, rewards: Any, ended: Any) -> tuple[Any, Any]:
        """What environments return as lists, tensors or whole numbers; the first say how wide floats are."""
        given = as_array(rewards)
        if self._type is None:
            self._type = given.dtype if given.dtype.kind == "f" else np.dtype(float)
        return np.asarray(given, self._type), np.asarray(as_array(ended), bool)

    def _note_finals(self, flags: bytes, observations: Any, infos: Any) -> None:
        """Keep the last observations of the episodes that were truncated."""
        final = self._final_of_gymnasium if self.terminates else _final_of_sb3
        for i in range(self.followed):
            if flags[i]:
                self._finals[self.steps, i] = final(infos, observations, i)

    def _keep(self, observations: Any) -> None:
        i = (self.steps // self.every) % self.followed
        kept = copied(observations, i)
        if not self._most:
            self._most = most_kept(kept, self.followed)
            self.every = KEEP_LARGE_EVERY if size_of(kept) > SMALL else self.every
            self._gap = self.every
        self._kept = (i, kept)
        self._due = self.steps + self._gap
        self.columns[i].keep_within(self._most)

    @staticmethod
    def _final_of_gymnasium(infos: Any, observations: Any, i: int) -> Any:
        final = infos.get("final_obs") if isinstance(infos, dict) else None
        if final is not None and final[i] is not None:
            return copied(final[i])
        return copied(observations, i)

    def flush(self) -> None:
        """Bring the open episodes up to date."""
        count = len(self._rows)
        if not count:
            return
        paid, said, flags = (b"".join(rows) for rows in zip(*self._rows, strict=True))
        self._rows.clear()
        rewards = np.frombuffer(paid, self._type).reshape(count, -1)
        ended, cut = (np.frombuffer(rows, bool).reshape(count, -1) for rows in (said, flags))
        if self.terminates:
            ended, cut = ended | cut, cut & ~ended
        first = self.steps - count
        self._gap = sparser(self.every, self.count * self.steps, self.count)
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
            episode = column.finish(book.gamma, truncated=bool(cut[end]), final=final)
            self.place.ended(episode, self.count, (len(cut) - 1 - end) * self.count)
            column.begin(first + end + (2 if self.next_step else 1))
        begin = max(column.start - first, 0) if not column.rewards else self._resume(column, first)
        column.take(rewards[begin:])

    @staticmethod
    def _resume(column: Column, first: int) -> int:
        return max(column.start + len(column.rewards) - first, 0)


def _final_of_sb3(infos: Any, observations: Any, i: int) -> Any:
    final = infos[i].get("terminal_observation")
    return copied(final) if final is not None else copied(observations, i)
