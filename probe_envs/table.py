"""An MDP as a table: all reachable states, and all outcomes as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from probe_envs.mdp import END, MDP, MDPError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from probe_envs.mdp import Law, State

MOST_STATES = 50_000


@dataclass(frozen=True, eq=False)
class Table:
    """The outcomes of an MDP, one per row; ``END`` has the number ``len(states)``.

    Args:
        mdp: the declaration.
        states: every state reachable from the start, in order of discovery.
        start: ``(S,)`` probability that an episode starts in each state.
        source, action, target: ``(M,)`` numbers of state, action and next state of each outcome.
        reward, chance: ``(M,)`` reward and probability of each outcome.
    """

    mdp: MDP
    states: tuple[State, ...]
    start: NDArray[np.float64]
    source: NDArray[np.int64]
    action: NDArray[np.int64]
    target: NDArray[np.int64]
    reward: NDArray[np.float64]
    chance: NDArray[np.float64]

    @cached_property
    def index(self) -> dict[State, int]:
        """The number of each state; ``END`` is numbered last."""
        return {state: i for i, state in enumerate((*self.states, END))}

    @property
    def shape(self) -> tuple[int, int]:
        """Number of states and number of actions."""
        return len(self.states), len(self.mdp.actions)

    @property
    def end(self) -> int:
        """The number of ``END``."""
        return len(self.states)

    def rows(self) -> Iterator[tuple[int, int, int, float, float]]:
        """The outcomes one by one: source, action, target, reward, chance."""
        columns = (self.source, self.action, self.target, self.reward, self.chance)
        return zip(*(column.tolist() for column in columns), strict=True)

    def number(self, state: State) -> int:
        """The number of ``state``.

        Raises:
            MDPError: no sequence of the declared actions reaches it.
        """
        try:
            return self.index[state]
        except KeyError:
            raise MDPError(f"state {state!r} cannot be reached; states are {self.states[:20]!r}") from None


def tabulate(mdp: MDP) -> Table:
    """The table of ``mdp``, by following every action from every start state.

    Raises:
        MDPError: a step is not a distribution, or there are more than 50 000 states.
    """
    states, rows = [state for state, chance in mdp.start.items() if chance > 0], []
    number = {state: i for i, state in enumerate(states)}
    for s, state in enumerate(states):  # grows while it is walked
        for a, action in enumerate(mdp.actions):
            for (target, reward), chance in mdp.law(state, action).items():
                if chance == 0:
                    continue
                if target is not END and target not in number:
                    number[target] = len(states)
                    states.append(target)
                rows.append((s, a, target, float(reward), float(chance)))
        if len(states) > MOST_STATES:
            raise MDPError(f"more than {MOST_STATES} states are reachable; declare a smaller process")
    number[END] = len(states)
    sources, actions, targets, rewards, chances = zip(*rows, strict=True)
    start = np.zeros(len(states))
    for state in states[: len(mdp.start)]:
        start[number[state]] = mdp.start.get(state, 0.0)
    return Table(
        mdp,
        tuple(states),
        start,
        np.array(sources),
        np.array(actions),
        np.array([number[target] for target in targets]),
        np.array(rewards),
        np.array(chances),
    )


def outcomes(law: Law) -> list[tuple[State, float, float]]:
    """The outcomes of a law as ``(next state, reward, chance)``, without the impossible ones.

    >>> outcomes({("a", 1.0): 0.25, ("b", 0.0): 0.75, ("c", 0.0): 0.0})
    [('a', 1.0, 0.25), ('b', 0.0, 0.75)]
    """
    return [(target, reward, chance) for (target, reward), chance in law.items() if chance > 0]
