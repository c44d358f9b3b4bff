"""Play the random policy in many copies at once, where an environment is vectorised natively."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.random_policy import VectorActions, is_batched
from rlprobe.inspection.measures.episodes import Ends, Open
from rlprobe.inspection.place import Failure, Place

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.inspection.measures.columns import Columns
    from rlprobe.inspection.playing.collect import Collector
    from rlprobe.inspection.playing.watchdog import Heartbeat

COPIES: Final = 64
BUFFERED_ROUNDS: Final = 256
MOST_BUFFERED_NUMBERS: Final = 4_000_000
"""Numbers in the buffer of observations."""


def can_be_vectorised(columns: Columns, action_space: gym.Space[Any]) -> bool:
    """Whether observations are one plain array of numbers, and actions can be drawn at once."""
    plain = len(columns.parts) == 1 and not columns.parts[0].path and not columns.pictures
    return plain and columns.size * COPIES * 8 <= MOST_BUFFERED_NUMBERS and is_batched(action_space)


class VectorPlay:
    """Plays a vector environment that resets its copies on the next step, into the statistics of a collector.

    Args:
        env: the vector environment.
        collector: what has been played one at a time.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any], collector: Collector) -> None:
        self.env, self.collector, self.seed = env, collector, collector.seed
        self.steps, self.seconds = 0, 0.0
        n, size = env.num_envs, collector.columns.size
        self.rounds = int(np.clip(MOST_BUFFERED_NUMBERS // (n * max(size, 1)), 8, BUFFERED_ROUNDS))
        self._actions = VectorActions(env.single_action_space, n)
        self._rows = np.zeros((self.rounds, n, size))
        self._rewards = np.zeros((self.rounds, n))
        self._ended = np.zeros((2, self.rounds, n), dtype=bool)  # terminated, truncated
        self._real = np.ones((self.rounds, n), dtype=bool)  # steps, and not the resets in between
        self._last = np.full((1, n, size), np.nan)
        self._over = np.zeros(n, dtype=bool)
        self._open = Open(n)
        self._used, self._done = 0, -1  # rounds in the buffer, rounds kept; -1 before the first reset

    @property
    def here(self) -> Place:
        """The place of the last step taken."""
        return Place(self.seed, max(0, self._done) + self._used, copy=0, copies=self.env.num_envs)

    def play(self, heartbeat: Heartbeat, *, steps: int | None, seconds: float) -> None:
        """Play until ``steps`` steps, over all copies, or for ``seconds`` seconds, whichever comes first."""
        begin = time.perf_counter()
        try:
            if self._done < 0:
                heartbeat.beat("resetting the vector environment")
                self._reset()
            while (steps is None or self.steps < steps) and time.perf_counter() - begin < seconds:
                heartbeat.beat(f"stepping the vector environment from {self.here}")
                self._step()
                if self._used == self.rounds:
                    self.flush()
        except Exception as error:  # noqa: BLE001 - a finding about the environment
            heartbeat.beat("after an error")
            failure = Failure(self.here, "step of the vector environment", f"{type(error).__name__}: {error}")
            self.collector.failures.append(failure)
        finally:
            self.seconds += time.perf_counter() - begin
            if not heartbeat.stopped:
                self.flush()
            elif self._used == 1:  # a single round cannot be kept: with one more, all that was stepped is
                with suppress(Exception):
                    self._step()

    def _reset(self) -> None:
        """Reset all copies and count their first observations."""
        self._actions.restart(self.seed)
        observations, _ = self.env.reset(seed=self.seed)
        self._rows[0] = np.reshape(observations, self._rows[0].shape)
        n = self.env.num_envs
        self.collector.stats.add(
            self._rows[0],
            np.full_like(self._rows[0], np.nan),
            lambda row: Place(self.seed, 0, copy=row, copies=n),
        )
        self._last[0], self._done = self._rows[0], 0

    def _step(self) -> None:
        at = self._used
        observations, rewards, terminated, truncated, _ = self.env.step(self._actions.draw())
        self._rows[at] = np.reshape(observations, self._rows[at].shape)
        self._rewards[at], self._ended[0, at], self._ended[1, at] = rewards, terminated, truncated
        np.logical_not(self._over, out=self._real[at])
        self._over = self._ended[0, at] | self._ended[1, at]
        self._used += 1
        self.steps += int(self._real[at].sum())

    # -- keeping -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Bring the buffer into the statistics."""
        used, n = self._used, self.env.num_envs
        if used < 2:  # fewer rounds could hold nothing but a reset of a copy
            return
        rows, done = self._rows[:used], self._done
        before = np.concatenate([self._last, rows[:-1]])
        before[~self._real[:used]] = np.nan
        self._last = rows[-1:].copy()
        flat = (used * n, rows.shape[2])
        self.collector.stats.add(
            rows.reshape(flat),
            before.reshape(flat),
            lambda row: Place(self.seed, done + row // n + 1, copy=row % n, copies=n),
        )
        self._keep_rewards(self._real[:used].T)
        self._done, self._used = done + used, 0

    def _keep_rewards(self, real: npt.NDArray[np.bool_]) -> None:
        """Count the rewards of each copy after the other; ``real`` has shape (copies, rounds)."""
        used, n, done = real.shape[1], len(real), self._done
        copies, rounds = np.nonzero(real)
        rewards = self._rewards[:used].T[real]
        terminated, truncated = (ended[:used].T[real] for ended in self._ended)
        index = np.flatnonzero(terminated | truncated)
        unknown = np.full(len(index), -1)
        ends = Ends(
            index, terminated[index].astype(int), truncated[index].astype(int), unknown, unknown, unknown
        )
        starts = np.append(0, np.cumsum(real.sum(axis=1))[:-1])
        self.collector.episodes.add(
            rewards,
            ends,
            starts,
            self._open,
            lambda i: Place(self.seed, done + int(rounds[i]) + 1, copy=int(copies[i]), copies=n),
        )
