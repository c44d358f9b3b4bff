"""The dynamics of an MDP with its time limit, as tables that all environments share.

Every situation of an environment has a number, its *code*: a state and the number of elapsed steps, or an
end with its flags and its final observation. Codes are sorted by their flags, so that ``terminated`` and
``truncated`` are two comparisons and one step is one look-up. The scalar and the vector environment read the
same tables and use one random draw for each reset and each step.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import isfinite
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from probe_envs.actions import Actions
from probe_envs.mdp import MDP, MDPError
from probe_envs.observe import box_around
from probe_envs.table import Table, outcomes, tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from probe_envs.mdp import State

SHORT, LONG = 8, 32  # bits of a draw
NEVER = np.iinfo(np.int64).max  # a threshold that no draw reaches

Row = tuple[int, float, float]
"""Next code, reward and probability of one outcome."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The outcomes of each row of probabilities: row ``i`` leads to ``code[i, k]`` with ``reward[i, k]``.

    Outcome ``k`` is the number of thresholds that a draw reaches; draws have ``Dynamics.bits`` bits.
    """

    threshold: NDArray[np.int64]
    code: NDArray[np.int64]
    reward: NDArray[np.float64]


class Dynamics:
    """All situations of an environment with the given MDP, and the transitions between them."""

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
        self.chosen = Actions(mdp)
        self.action_space = self.chosen.space
        self.listed = self.chosen.listed
        self.observation_space = mdp.observation_space or box_around(
            np.stack([*self._looks[0], *self._looks[1]])
        )

    @cached_property
    def views(self) -> list[Any]:
        """The observation at each code."""
        seen, last = self._looks
        seen, last = [self._fitting(view) for view in seen], [self._fitting(view) for view in last]
        return (
            [v for v in seen for _ in range(self.clock)] + (seen + last if self.mdp.time_limit else []) + last
        )

    @cached_property
    def _looks(self) -> tuple[list[Any], list[Any]]:
        """The observation in each state, and the one at ``END`` after it."""
        states, space = self.table.states, self.mdp.observation_space
        looks = [self.mdp.observe(s) for s in states], [self.mdp.end_view(s) for s in states]
        if space is None:
            looks = [np.asarray(v) for v in looks[0]], [np.asarray(v) for v in looks[1]]
        for state, view in [*zip(states, looks[0], strict=True), *zip(states, looks[1], strict=True)]:
            self._check_look(state, view, looks[0][0])
        return looks

    def _check_look(self, state: State, view: Any, first: Any) -> None:
        space = self.mdp.observation_space
        if space is None and (view.shape != first.shape or view.dtype.kind not in "biuf"):
            raise MDPError(
                f"observe({state!r}): expected numbers of shape {first.shape} as for "
                f"{self.table.states[0]!r}, got shape {view.shape} of {view.dtype}; "
                "every state must look alike in shape"
            )
        if space is not None and not space.contains(_cast(space, view)):
            raise MDPError(f"observe({state!r}): expected a member of {space}, got {view!r}")

    def _fitting(self, view: Any) -> Any:
        return _cast(self.observation_space, view)

    def state(self, code: int) -> State:
        """The state at ``code``; at a terminal code, the state that was left."""
        if code < self.truncated_from:
            return self.table.states[code // self.clock]
        return self.table.states[(code - self.truncated_from) % len(self.table.states)]

    def place(self, code: int) -> int:
        """The number of the state the process is in at ``code``; that of ``END`` after termination."""
        if self.ended(code):
            return self.table.end
        return code // self.clock if code < self.truncated_from else code - self.truncated_from

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
        """Row 0: the codes a first episode starts in; row ``1 + k``: those after the end ``k``.

        Ends are counted from ``truncated_from``. With no ``restart`` there is row 0 alone, for all.
        """
        return self._written(self._start_rows)

    def start_row(self, code: int) -> int:
        """The row of ``starts`` for an episode that follows the situation ``code``."""
        after_end = self.mdp.restart is not None and self.truncated_from <= code < self.codes
        return 1 + code - self.truncated_from if after_end else 0

    def first_codes(self, code: int) -> dict[int, float]:
        """The chance of each code to begin the episode that follows the situation ``code``."""
        return {first: chance for first, _, chance in self._start_rows[self.start_row(code)]}

    @cached_property
    def steps(self) -> Outcomes:
        """A row for each ordinary code and action, row number ``code * actions + action``."""
        return self._written(self._step_rows)

    @cached_property
    def bits(self) -> int:
        """How long a draw is: the fewest bits, up to 8, that give every chance exactly; else 32."""
        rows = [*self._start_rows, *self._step_rows]
        totals = [total for row in rows for total in accumulate(p for _, _, p in row)]
        for bits in range(1, SHORT + 1) if self.listed else ():
            levels = np.array(totals) * (1 << bits)
            if abs(levels - np.rint(levels)).max() < 1e-9:
                return bits
        return LONG

    @cached_property
    def random(self) -> bool:
        """Whether any reset or step has more than one outcome, so that draws are needed."""
        return not self.listed or max(len(row) for row in [*self._start_rows, *self._step_rows]) > 1

    @cached_property
    def _start_rows(self) -> list[list[Row]]:
        ends = range(self.truncated_from, self.codes) if self.mdp.restart else ()
        laws = [self.mdp.start, *(self.mdp.first(self.state(code)) for code in ends)]
        return [
            sorted((self.table.number(s) * self.clock, 0.0, float(p)) for s, p in law.items() if p > 0)
            for law in laws
        ]

    @cached_property
    def _step_rows(self) -> list[list[Row]]:
        rows: list[list[Row]] = [[] for _ in range(self.truncated_from * self.actions)]
        for state, action, target, reward, chance in self.table.rows():
            for code in range(state * self.clock, (state + 1) * self.clock):
                rows[code * self.actions + action].append((self.arrive(code, target), reward, chance))
        return rows

    def _written(self, rows: list[list[Row]]) -> Outcomes:
        most = max(len(row) for row in rows)
        padded = [row + [row[-1]] * (most - len(row)) for row in rows]
        levels = [_thresholds(row, self.bits) + [NEVER] * (most - len(row)) for row in rows]
        return Outcomes(
            np.array(levels, dtype=np.int64).reshape(len(rows), most - 1),
            np.array([[code for code, _, _ in row] for row in padded]),
            np.array([[reward for _, reward, _ in row] for row in padded]),
        )

    def outcome(self, code: int, action: Any, draw: int) -> tuple[int, float]:
        """Next code and reward of an action that is not in the table (continuous spaces)."""
        law = self.mdp.step(self.state(code), action)
        if len(law) == 1:
            (((state, reward), chance),) = law.items()
            if chance == 1.0 and isfinite(reward):
                return self.arrive(code, self.table.number(state)), float(reward)
        rows = outcomes(self.mdp.law(self.state(code), action))
        state, reward, _ = rows[bisect_right(_thresholds(rows, self.bits), draw)]
        return self.arrive(code, self.table.number(state)), float(reward)


def _thresholds(row: Sequence[tuple[Any, float, float]], bits: int) -> list[int]:
    draws = 1 << bits
    return [min(round(total * draws), draws - 1) for total in accumulate(p for _, _, p in row[:-1])]


def _cast(space: gym.Space[Any], view: Any) -> Any:
    return np.asarray(view, dtype=space.dtype) if isinstance(space, gym.spaces.Box) else view
