"""Play the random policy once and collect what the sections of the report need."""

from __future__ import annotations

import time
from bisect import bisect
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.layers import layers
from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import SignalError, check_info, numbers, over
from rlprobe.inspection.measures.column_stats import ColumnStats
from rlprobe.inspection.measures.columns import Columns, WrongShapeError, columns_of
from rlprobe.inspection.measures.episodes import Ends, EpisodeStats, Open
from rlprobe.inspection.measures.pictures import PictureStats
from rlprobe.inspection.place import Failure, Place
from rlprobe.inspection.playing.types_seen import TypesSeen
from rlprobe.inspection.playing.watchdog import StoppedError

if TYPE_CHECKING:
    import gymnasium as gym

    from rlprobe.inspection.measures.columns import Part
    from rlprobe.inspection.playing.watchdog import Heartbeat

BUFFER_ROWS: Final = 4096
STEPS_PER_SEED: Final = 512
"""After this many steps the next episode gets a new seed, so that every step can be replayed quickly."""
KEPT_STEPS: Final = 20_000
"""First steps whose actions and rewards are kept in order, for delays and discounted returns."""
LARGEST_CHUNK_STEPS: Final = 2048
SHORT_CHUNK_S: Final = 0.05
MOST_FAILURES: Final = 3
BOOLS: Final = frozenset({bool, np.bool_})


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
        self.types = TypesSeen()
        self._write = self.columns.writer(self._drifted)
        self._rows = np.zeros((BUFFER_ROWS, self.columns.size))
        self._last = np.full((1, self.columns.size), np.nan)
        self._limits = [layer for layer in layers(env) if hasattr(layer, "_elapsed_steps")]
        self._open = Open(1)
        self._fresh()
        self._flushed = self._seen_resets = 0
        self._block_seed, self._block_from, self._begun = seed - 1, -STEPS_PER_SEED, 0
        self._started = False
        self._reset_places: list[tuple[int, Place]] = [(-1, Place(seed, 0))]  # row of each reset
        self._blocks: list[tuple[int, int]] = [(0, seed)]  # step and seed of each seeded reset

    def _fresh(self) -> None:
        self._rewards: list[Any] = []
        self._taken: list[Any] = []
        self._ends: list[tuple[int, bool, bool, int, int, int]] = []
        self._resets: list[int] = []

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return self._flushed + len(self._rewards)

    @property
    def rate(self) -> float:
        """Steps per second."""
        return self.steps / max(self.seconds, 1e-9)

    @property
    def here(self) -> Place:
        """The place of the last step taken."""
        seeded = self._block_from >= 0
        return Place(max(self._block_seed, self.seed), self.steps - self._block_from if seeded else 0)

    @property
    def _used(self) -> int:
        """Rows of the buffer that hold an observation: one for each step and each reset."""
        return len(self._rewards) + len(self._resets)

    # -- playing -----------------------------------------------------------------------------------

    def play(self, heartbeat: Heartbeat, *, steps: int | None, seconds: float | None) -> None:
        """Play until ``steps`` steps in all, or for ``seconds`` seconds, whichever comes first."""
        begin, quota = time.perf_counter(), 1
        try:
            while (steps is None or self.steps < steps) and len(self.failures) < MOST_FAILURES:
                if seconds is not None and time.perf_counter() - begin >= seconds:
                    break
                quota = min(quota, LARGEST_CHUNK_STEPS, steps - self.steps if steps is not None else quota)
                if self._used + 2 * quota + 1 >= BUFFER_ROWS:
                    self.flush()
                heartbeat.beat(f"stepping from {self.here}")
                started = time.perf_counter()
                self._advance(quota)
                if time.perf_counter() - started < SHORT_CHUNK_S:
                    quota *= 2
        finally:
            self.seconds += time.perf_counter() - begin
            if not heartbeat.stopped:
                self.flush()

    def _advance(self, quota: int) -> None:
        """Take ``quota`` steps; an error of the environment is noted and play goes on after a reset."""
        during = "reset"
        try:
            if not self._started:
                self._reset()
            during = "step"
            self._step(quota)
        except StoppedError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a finding about the environment
            during = during if self._started else "reset"
            wrong = str(error) if isinstance(error, (SignalError, WrongShapeError)) else ""
            self.failures.append(Failure(self.here, during, f"{type(error).__name__}: {error}", wrong))
            self.flush()
            self._open = Open(1)  # the episode under way has no end
            self._started, self._block_from = False, -STEPS_PER_SEED - 1

    def _step(self, quota: int) -> None:
        """The innermost loop: as little as possible beside the environment's own step."""
        step, draw, write, rows = self.env.step, self.actions.draw, self._write, self._rows
        rewards, taken, pictures, used = self._rewards, self._taken, self.pictures, self._used
        for _ in range(quota):
            action = draw()
            observation, reward, terminated, truncated, info = step(action)
            write(rows, used, observation)
            if type(info) is not dict:
                check_info(info)
            taken.append(action)
            rewards.append(reward)
            used += 1
            if pictures:
                self._see(observation, self.steps)
            plain = type(terminated) in BOOLS and type(truncated) in BOOLS
            if (terminated or truncated) if plain else over(terminated, truncated):
                self._end(bool(terminated), bool(truncated))
                self._reset()
                used += 1

    def _see(self, observation: Any, step: int) -> None:
        for picture in self.pictures:
            if step % picture.every == 0:
                picture.add(np.asarray(picture.part.of(observation)), self.here)

    def _drifted(self, part: Part, value: Any) -> None:
        """A leaf of an observation has not the dtype that is declared."""
        if part.dtype is None or (not isinstance(value, np.ndarray) and not part.shape):
            return
        at = self.here
        place = Place(at.seed, at.step + 1) if self._started else at
        seen = self.steps + self._seen_resets - (not self._started)
        self.types.observation(part.label, part.dtype, value, seen, place)

    def _end(self, terminated: bool, truncated: bool) -> None:
        left = min((limit._max_episode_steps - limit._elapsed_steps for limit in self._limits), default=-1)  # noqa: SLF001
        left = max(left, 0) if self._limits else -1
        self._ends.append(
            (len(self._rewards) - 1, terminated, truncated, left, self._block_seed, self._begun)
        )

    def _reset(self) -> None:
        self._started = False
        if self._block_from < 0 or self.steps - self._block_from >= STEPS_PER_SEED:
            self._block_seed += 1
            self._block_from = self.steps
            self._blocks.append((self._block_from, self._block_seed))
            self.actions.restart(self._block_seed)
            observation, _ = self.env.reset(seed=self._block_seed)
        else:
            observation, _ = self.env.reset()
        self._begun = self.steps - self._block_from
        used = self._used
        self._seen_resets += 1
        self._write(self._rows, used, observation)
        place = Place(self._block_seed, self._begun, after_reset=self._begun > 0)
        self._reset_places.append((used, place))
        self._resets.append(used)
        self._started = True

    # -- keeping -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Bring everything in the buffers into the statistics."""
        self.types.rewards(self._rewards, self._flushed, self._place_of_reward)
        rewards, ends = self._numbers(), Ends.of(self._ends)
        self._keep_rows(self._rows[: self._used])
        self._keep_window(rewards)
        self.episodes.add(rewards, ends, np.zeros(1, dtype=np.int64), self._open, self._place_of_reward)
        self._flushed += len(rewards)
        self._fresh()
        self._blocks = self._blocks[-1:]

    def _numbers(self) -> Any:
        """The rewards of the buffer; all unknown if one of them is no number."""
        try:
            return numbers(self._rewards)
        except SignalError as error:
            self.failures.append(Failure(self.here, "step", f"{type(error).__name__}: {error}", str(error)))
            return np.full(len(self._rewards), np.nan)

    def _keep_rows(self, rows: Any) -> None:
        """Count the observations of the buffer."""
        if not len(rows):
            return
        before = np.concatenate([self._last, rows[:-1]])
        before[self._resets] = np.nan
        self.stats.add(rows, before, self._place_of_row)
        self._last = rows[-1:].copy()
        row, place = self._reset_places[-1]
        self._reset_places = [(row - len(rows), place)]

    def _keep_window(self, rewards: Any) -> None:
        """Keep the first steps as they were."""
        done = len(self.window_rewards)
        room = KEPT_STEPS - done
        if room > 0:
            self.window_actions += self._taken[:room]
            self.window_rewards += rewards[:room].tolist()
            self.window_ends += [done + end[0] for end in self._ends if end[0] < room]

    def _place_of_row(self, row: int) -> Place:
        start, place = self._reset_places[bisect(self._reset_places, row, key=itemgetter(0)) - 1]
        return place if row == start else Place(place.seed, place.step + row - start)

    def _place_of_reward(self, index: int) -> Place:
        step = self._flushed + index
        start, seed = self._blocks[bisect(self._blocks, step, key=itemgetter(0)) - 1]
        return Place(seed, step - start + 1)
