"""The dynamics once: an MDP with its time limit as tables of numbered situations.

Every situation an environment can be in has one number, its *code*: an ordinary state at a number of
elapsed steps, or an end with its flags and its last observation. Codes are sorted by their flags, so
that ``terminated`` and ``truncated`` are two comparisons, and one step is one look-up. The scalar and
the vector environment read the same tables, and spend one draw on each reset and each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from probe_envs.mdp import MDP, MDPError
from probe_envs.table import Table, outcomes, tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from probe_envs.mdp import State

Row = tuple[int, float, float]
"""Next code, reward and chance of one outcome."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Where each row of chances leads: row ``i`` goes to ``code[i, k]`` with ``reward[i, k]``.

    Outcome ``k`` is the number of thresholds that a draw reaches.
    """

    threshold: NDArray[np.unsignedinteger[Any]]
    code: NDArray[np.int64]
    reward: NDArray[np.float64]


class Dynamics:
    """All situations of an environment with the given MDP, and what leads where."""

    def __init__(self, mdp: MDP) -> None:
        self.mdp = mdp
        self.table: Table = tabulate(mdp)
        states, self.actions = self.table.shape
        limit = mdp.time_limit
        self.clock = limit or 1
        self.truncated_from = states * self.clock
        self.both_from = self.truncated_from + (states if limit else 0)
        self.terminated_from = self.both_from + (states if limit else 0)
        self.codes = self.terminated_from + states
        self.action_space = mdp.action_space or gym.spaces.Discrete(self.actions)
        self.listed = isinstance(self.action_space, gym.spaces.Discrete)
        if self.listed and self.action_space.n != self.actions:
            raise MDPError(f"action_space: expected Discrete({self.actions}), got {self.action_space}")
        self.observation_space = mdp.observation_space or _box_around(self.views)

    @cached_property
    def views(self) -> list[Any]:
        """The observation at each code."""
        states, limited = self.table.states, self.mdp.time_limit is not None
        seen = [np.asarray(self.mdp.observe(s)) if self._plain else self.mdp.observe(s) for s in states]
        last = [np.asarray(self.mdp.end_view(s)) if self._plain else self.mdp.end_view(s) for s in states]
        if self._plain:
            for state, view in [*zip(states, seen, strict=True), *zip(states, last, strict=True)]:
                if view.shape != seen[0].shape:
                    raise MDPError(
                        f"observe({state!r}): expected shape {seen[0].shape} as for {states[0]!r}, "
                        f"got {view.shape}; every state must look alike in shape"
                    )
        return [v for v in seen for _ in range(self.clock)] + (seen + last if limited else []) + last

    @property
    def _plain(self) -> bool:
        return not isinstance(self.mdp.observation_space, (gym.spaces.Dict, gym.spaces.Tuple))

    def state(self, code: int) -> State:
        """The state at ``code``; at a terminal code, the state that was left."""
        if code < self.truncated_from:
            return self.table.states[code // self.clock]
        return self.table.states[(code - self.truncated_from) % len(self.table.states)]

    def ended(self, code: int) -> bool:
        """Whether the episode has terminated at ``code``."""
        return code >= self.both_from

    def arrive(self, code: int, target: int) -> int:
        """The code reached from an ordinary ``code`` by moving to the state with number ``target``."""
        state, elapsed = divmod(code, self.clock)
        last = self.mdp.time_limit is not None and elapsed + 1 == self.clock
        if target == self.table.end:
            return (self.both_from if last else self.terminated_from) + state
        if last:
            return self.truncated_from + target
        return target * self.clock + (elapsed + 1) % self.clock

    @cached_property
    def starts(self) -> Outcomes:
        """One row: the codes an episode starts in."""
        return self._written([self._start_row])

    @cached_property
    def steps(self) -> Outcomes:
        """A row for each ordinary code and action, row number ``code * actions + action``."""
        return self._written(self._step_rows)

    @cached_property
    def word(self) -> np.dtype[Any]:
        """The smallest unsigned integers whose draws give every chance exactly; 32 bits if none do."""
        totals = [t for row in [self._start_row, *self._step_rows] for t in accumulate(p for _, _, p in row)]
        for word in (np.uint8, np.uint16) if self.listed else ():
            levels = np.array(totals) * (np.iinfo(word).max + 1)
            if abs(levels - np.rint(levels)).max() < 1e-9:
                return np.dtype(word)
        return np.dtype(np.uint32)

    @cached_property
    def random(self) -> bool:
        """Whether any reset or step has more than one outcome, so that draws are needed."""
        return not self.listed or max(len(row) for row in [self._start_row, *self._step_rows]) > 1

    @cached_property
    def _start_row(self) -> list[Row]:
        first = np.flatnonzero(self.table.start)
        return [(int(s) * self.clock, 0.0, float(self.table.start[s])) for s in first]

    @cached_property
    def _step_rows(self) -> list[list[Row]]:
        rows: list[list[Row]] = [[] for _ in range(self.truncated_from * self.actions)]
        t = self.table
        for state, action, target, reward, chance in zip(
            *(x.tolist() for x in (t.source, t.action, t.target, t.reward, t.chance)), strict=True
        ):
            for code in range(state * self.clock, (state + 1) * self.clock):
                rows[code * self.actions + action].append((self.arrive(code, target), reward, chance))
        return rows

    def _written(self, rows: list[list[Row]]) -> Outcomes:
        most = max(len(row) for row in rows)
        padded = [row + [row[-1]] * (most - len(row)) for row in rows]
        top = np.iinfo(self.word).max
        levels = [_thresholds(row, top + 1) + [top] * (most - len(row)) for row in rows]
        return Outcomes(
            np.array(levels, dtype=self.word).reshape(len(rows), most - 1),
            np.array([[code for code, _, _ in row] for row in padded]),
            np.array([[reward for _, reward, _ in row] for row in padded]),
        )

    def law(self, code: int, action: Any) -> tuple[list[int], list[int], list[float]]:
        """Thresholds, codes and rewards of an action that is not in the table (continuous spaces)."""
        law = outcomes(self.mdp.law(self.state(code), action))
        codes = [self.arrive(code, self.table.number(state)) for state, _, _ in law]
        return _thresholds(law, np.iinfo(self.word).max + 1), codes, [reward for _, reward, _ in law]


def _thresholds(row: Sequence[tuple[Any, float, float]], draws: int) -> list[int]:
    return [min(round(total * draws), draws - 1) for total in accumulate(p for _, _, p in row[:-1])]


def _box_around(views: list[Any]) -> gym.spaces.Box:
    stack = np.stack(views)
    if stack.dtype == np.uint8:
        return gym.spaces.Box(0, 255, stack.shape[1:], np.uint8)
    if not np.isfinite(stack).all():
        raise MDPError("observe: expected finite numbers in every state; got NaN or infinity")
    bound = max(1.0, float(abs(stack).max()))
    low = 0.0 if stack.min() >= 0 else -bound
    return gym.spaces.Box(low, bound, stack.shape[1:], np.float32)
