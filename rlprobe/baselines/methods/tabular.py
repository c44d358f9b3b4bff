"""Q-learning on a grid over the observations, up to four numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.baselines.counted import smooth
from rlprobe.baselines.methods.chance import constants
from rlprobe.baselines.playing import OutOfTimeError, Player
from rlprobe.baselines.policies import UnsuitedError
from rlprobe.baselines.table import Missing, Row
from rlprobe.environments.random_policy import RandomActions

if TYPE_CHECKING:
    from rlprobe.baselines.methods.chance import Outcome
    from rlprobe.environments.opening import Make

BINS: Final = {1: 50, 2: 25, 3: 14, 4: 9}
GAMMA, STEP_SIZE = 0.99, 0.15
EXPLORE: Final = (0.2, 0.01)
RANGE_STEPS: Final = 2_000
MOST_NUMBERED: Final = 100_000
NAME: Final = "tabular Q-learning"


class Cells:
    """Observations as numbers of cells.

    Raises:
        UnsuitedError: they have more than four numbers, or are no numbers.
    """

    def __init__(self, player: Player) -> None:
        space = player.env.observation_space
        self._first = 0
        if isinstance(space, spaces.Discrete) and space.n <= MOST_NUMBERED:
            self.count, self._first = int(space.n), int(space.start)
            self.words = f"{self.count} states"
            return
        if not isinstance(space, spaces.Box) or int(np.prod(space.shape)) > max(BINS):
            raise UnsuitedError(f"its grid has up to {max(BINS)} numbers; the observation is {_what(space)}")
        size = int(np.prod(space.shape))
        self._bins = BINS[size]
        self._low, self._high = self._range(player, space)
        self._weights = self._bins ** np.arange(size)
        self.count = self._bins**size
        self.words = f"{self._bins}{f'^{size}' if size > 1 else ''} cells"

    def _range(self, player: Player, space: spaces.Box) -> tuple[Any, Any]:
        """Declared bounds where they are sensible; else what random play meets, and half more."""
        actions = RandomActions(player.env.action_space)
        rows: list[Any] = []
        observation = player.reset()
        enough = 0.85 * player.left
        while len(rows) < RANGE_STEPS and (player.left > enough or len(rows) < 2):
            rows.append(np.asarray(observation, np.float64).reshape(-1))
            observation, _, _, ended = player.step(actions.draw())
            if ended:
                observation = player.reset()
        seen = np.array(rows)
        low, high = space.low.astype(np.float64).reshape(-1), space.high.astype(np.float64).reshape(-1)
        middle, reach = (seen.max(axis=0) + seen.min(axis=0)) / 2, np.ptp(seen, axis=0) / 2 + 1e-9
        wide = ~(np.isfinite(low) & np.isfinite(high)) | (high - low > 20 * reach)
        return np.where(wide, middle - 1.5 * reach, low), np.where(wide, middle + 1.5 * reach, high)

    def __call__(self, observation: Any) -> int:
        """The number of the cell."""
        if not hasattr(self, "_bins"):
            return int(observation) - self._first
        share = (np.asarray(observation, np.float64).reshape(-1) - self._low) / (self._high - self._low)
        places = np.clip((share * self._bins).astype(np.int64), 0, self._bins - 1)
        return int(places @ self._weights)


def _what(space: spaces.Space[Any]) -> str:
    return f"Box of {int(np.prod(space.shape))}" if isinstance(space, spaces.Box) else type(space).__name__


def q_learning(make: Make, until: float) -> Outcome:
    """Q-learning, epsilon-greedy with less and less exploration. Source: Watkins (1989)."""
    player = Player(make, until)
    try:
        cells, actions = Cells(player), _actions(player.env.action_space)
        learner = _Learner(player, cells, actions)
        learner.learn()
    except UnsuitedError as error:
        return [], [Missing(NAME, str(error))], None
    except (OutOfTimeError, ValueError):
        return [], [Missing(NAME, "no episode ended in its time")], None
    returns = player.fresh(learner.greedy)
    if not returns:
        return [], [Missing(NAME, "no time for evaluation episodes")], None
    note = f"{cells.words}, {len(actions)} actions"
    curves = (smooth(learner.totals),)
    row = Row(NAME, "tabular", returns, player.best, player.steps, player.seconds, note, curves)
    return [row], [], None


def _actions(space: spaces.Space[Any]) -> list[Any]:
    small = isinstance(space, spaces.Discrete) and space.n <= 32
    if small or (isinstance(space, spaces.Box) and space.is_bounded() and int(np.prod(space.shape)) <= 2):
        return constants(space)[:9] if isinstance(space, spaces.Box) else constants(space)
    raise UnsuitedError("it needs up to 32 discrete actions or a bounded Box of one or two")


class _Learner:
    def __init__(self, player: Player, cells: Cells, actions: list[Any]) -> None:
        self.player, self.cells, self.actions = player, cells, actions
        self.totals: list[tuple[int, float]] = []
        self.random = np.random.default_rng(3)
        self.Q = 1e-6 * self.random.random((cells.count, len(actions)))  # ties are broken at random

    def learn(self) -> None:
        """Play and learn until only the fresh episodes have time left; raises if none has ended."""
        player = self.player
        begin, left = player.seconds, player.left
        try:
            while player.searching():
                progress = (player.seconds - begin) / left
                self._episode(EXPLORE[0] + (EXPLORE[1] - EXPLORE[0]) * min(1.0, progress * 1.3))
        except OutOfTimeError:
            pass
        if not self.totals:
            raise OutOfTimeError

    def _episode(self, epsilon: float) -> None:
        player, Q, cells = self.player, self.Q, self.cells
        began = time.perf_counter()
        cell, total, ended, length = cells(player.reset()), 0.0, False, 0
        while not ended:
            explore = self.random.random() < epsilon
            action = int(self.random.integers(len(self.actions))) if explore else int(Q[cell].argmax())
            observation, reward, terminated, ended = player.step(self.actions[action])
            after = cells(observation)
            target = reward if terminated else reward + GAMMA * Q[after].max()
            Q[cell, action] += STEP_SIZE * (target - Q[cell, action])
            cell, total, length = after, total + reward, length + 1
            if player.longest is not None and length >= player.longest:
                player.cut = ended = True
        player.ended(total, began)
        self.totals.append((player.steps, total))

    def greedy(self, observation: Any) -> Any:
        """The action with the largest value."""
        return self.actions[int(self.Q[self.cells(observation)].argmax())]
