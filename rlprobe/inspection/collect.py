"""Play the random policy once and keep what every section of the report needs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.column_stats import ColumnStats
from rlprobe.inspection.columns import Columns, columns_of
from rlprobe.inspection.episodes import End, EpisodeStats
from rlprobe.inspection.picture_stats import PictureStats
from rlprobe.inspection.random_actions import RandomActions
from rlprobe.inspection.watch import StoppedError
from rlprobe.wrappers.face import layers

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.inspection.watch import Pulse

ROWS: Final = 4096
BLOCK: Final = 512
"""Steps after which the next episode is seeded anew, so that everything can be replayed quickly."""
WINDOW: Final = 20_000
"""First steps whose actions and rewards are kept in order, for delays and discounted returns."""
LARGEST_QUOTA: Final = 2048
CALM: Final = 0.05
MOST_FAILURES: Final = 3


@dataclass(frozen=True)
class Place:
    """Where in the play something happened: ``replay(env, seed, step)`` leads there again."""

    seed: int
    step: int

    def __str__(self) -> str:
        return f"seed {self.seed}, step {self.step}"


@dataclass(frozen=True)
class Failure:
    """An error that the environment raised while it was played."""

    place: Place
    during: str
    error: str


class Collector:
    """Plays the random policy and feeds the running statistics.

    Args:
        env: the environment.
        seed: of the first block; the following blocks count up from it.
    """

    def __init__(self, env: gym.Env[Any, Any], seed: int = 0) -> None:
        self.env, self.seed = env, seed
        self.columns: Columns = columns_of(env)
        self.stats = ColumnStats(self.columns.low, self.columns.high)
        self.pictures = tuple(PictureStats(part) for part in self.columns.pictures)
        self.episodes = EpisodeStats()
        self.actions = RandomActions(env.action_space)
        self.window_actions: list[Any] = []
        self.window_rewards: list[float] = []
        self.window_ends: list[int] = []
        self.failures: list[Failure] = []
        self.seconds = 0.0
        self._write = self.columns.writer()
        self._rows = np.zeros((ROWS, self.columns.size))
        self._limit = _time_limit(env)
        self._fresh()
        self._flushed = 0
        self._block_seed, self._block_from, self._begun = seed - 1, -BLOCK, 0
        self._started = False
        self._places: list[tuple[int, Place]] = []  # row of each reset
        self._found: dict[int, Place] = {}

    def _fresh(self) -> None:
        self._rewards: list[Any] = []
        self._taken: list[Any] = []
        self._ends: list[End] = []
        self._resets: list[int] = []

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return self._flushed + len(self._rewards)

    @property
    def here(self) -> Place:
        """The place of the last step taken."""
        return Place(max(self._block_seed, self.seed), self.steps - self._block_from if self._started else 0)

    @property
    def _used(self) -> int:
        """Rows of the buffer that hold an observation: one for each step and each reset."""
        return len(self._rewards) + len(self._resets)

    # -- playing -----------------------------------------------------------------------------------

    def play(self, pulse: Pulse, *, steps: int | None, seconds: float | None) -> None:
        """Play until ``steps`` steps or ``seconds`` seconds are over, whichever comes first."""
        begin, quota = time.perf_counter(), 1
        try:
            while (steps is None or self.steps < steps) and len(self.failures) < MOST_FAILURES:
                if seconds is not None and time.perf_counter() - begin >= seconds:
                    break
                quota = min(quota, LARGEST_QUOTA, steps - self.steps if steps is not None else quota)
                if self._used + 2 * quota + 1 >= ROWS:
                    self.flush()
                pulse.beat(f"stepping from {self.here}")
                started = time.perf_counter()
                self._advance(quota)
                if time.perf_counter() - started < CALM:
                    quota *= 2
        finally:
            self.seconds = time.perf_counter() - begin
            if not pulse.stopped:
                self.flush()

    def _advance(self, quota: int) -> None:
        """Take ``quota`` steps; an error of the environment is noted and play goes on after a reset."""
        try:
            if not self._started:
                self._reset()
            self._step(quota)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - a finding about the environment
            during = "step" if self._started else "reset"
            self.failures.append(Failure(self.here, during, f"{type(error).__name__}: {error}"))
            self._started, self._block_from = False, self.steps - BLOCK

    def _step(self, quota: int) -> None:
        """The innermost loop: as little as possible beside the environment's own step."""
        step, draw, write, rows = self.env.step, self.actions.draw, self._write, self._rows
        rewards, taken, pictures, used = self._rewards, self._taken, self.pictures, self._used
        for _ in range(quota):
            action = draw()
            observation, reward, terminated, truncated, _ = step(action)
            write(rows, used, observation)
            taken.append(action)
            rewards.append(reward)
            used += 1
            if pictures:
                self._see(observation, self.steps)
            if terminated or truncated:
                self._end(bool(terminated), bool(truncated))
                self._reset()
                used += 1

    def _see(self, observation: Any, number: int) -> None:
        for picture in self.pictures:
            if number % picture.every == 0:
                picture.add(np.asarray(picture.part.of(observation)))

    def _end(self, terminated: bool, truncated: bool) -> None:
        limit = self._limit
        left = None if limit is None else max(0, limit._max_episode_steps - limit._elapsed_steps)  # noqa: SLF001
        self._ends.append(
            End(len(self._rewards) - 1, terminated, truncated, left, self._block_seed, self._begun)
        )

    def _reset(self) -> None:
        self._started = False
        if self.steps - self._block_from >= BLOCK:
            self._block_seed += 1
            self._block_from = self.steps
            self.actions.restart(self._block_seed)
            observation, _ = self.env.reset(seed=self._block_seed)
        else:
            observation, _ = self.env.reset()
        self._begun = self.steps - self._block_from
        used = self._used
        self._write(self._rows, used, observation)
        self._places.append((self.stats.count + used, Place(self._block_seed, self._begun)))
        self._resets.append(used)
        self._started = True

    # -- keeping -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Bring everything in the buffers into the statistics."""
        rewards = _numbers(self._rewards)
        first = self.stats.count
        self.stats.add(self._rows[: self._used], self._resets, first)
        self._locate(first)
        room = WINDOW - len(self.window_rewards)
        if room > 0:
            done = len(self.window_rewards)
            self.window_actions += self._taken[:room]
            self.window_rewards += rewards[:room].tolist()
            self.window_ends += [done + end.index for end in self._ends if end.index < room]
        self.episodes.add(rewards, self._ends, self.episodes.steps)
        self._flushed += len(rewards)
        self._fresh()

    def _locate(self, first: int) -> None:
        """Turn row numbers of new extremes and bad values into places that can be replayed."""
        stats = self.stats
        wanted = {int(row) for at in (stats.low_at, stats.high_at, stats.bad_at) for row in at[at >= first]}
        starts = np.array([row for row, _ in self._places])
        for row in wanted:
            start, place = self._places[int(np.searchsorted(starts, row, side="right")) - 1]
            self._found[row] = Place(place.seed, place.step + row - start)
        if wanted:
            current = {int(row) for at in (stats.low_at, stats.high_at, stats.bad_at) for row in at}
            self._found = {row: place for row, place in self._found.items() if row in current}
        self._places = self._places[-1:]

    def place_of(self, row: int) -> Place | None:
        """Where the observation with this number, an extreme or a bad value, was made."""
        return self._found.get(int(row))


def _numbers(rewards: list[Any]) -> npt.NDArray[np.float64]:
    """Rewards as numbers; of an array that an environment returns instead, the first element."""
    try:
        numbers = np.array(rewards, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if numbers.shape == (len(rewards),):
        return numbers
    return np.array([float(np.asarray(r, dtype=np.float64).reshape(-1)[0]) for r in rewards])


def _time_limit(env: gym.Env[Any, Any]) -> Any:
    """The outermost time limit of the stack, if there is one."""
    return next((layer for layer in layers(env) if hasattr(layer, "_elapsed_steps")), None)
