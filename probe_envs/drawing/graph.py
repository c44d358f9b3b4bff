"""The graph of a process, as it is drawn and written: places of the states, labels of the edges."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.drawing.layout import is_grid, places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics

MOST_LINES = 6


@dataclass(frozen=True)
class Moment:
    """What has just happened in an environment: the caption of its picture."""

    elapsed: int | None = None
    action: Any = None
    reward: float | None = None


@dataclass(frozen=True, eq=False)
class Graph:
    """States and ``END`` (the last one) with places, and edges between them.

    Args:
        names: one per state; ``END`` last.
        places: ``(S + 1, 2)`` column and row of each.
        starts: chance of each state to be the first.
        edges: ``{(source, target): lines of text}``: actions, reward and chance of each outcome.
        grid: whether the places are cells of a grid that the names of the states give.
    """

    names: tuple[str, ...]
    places: NDArray[np.float64]
    starts: dict[int, float]
    edges: dict[tuple[int, int], list[str]]
    grid: bool = False


def graph(dynamics: Dynamics) -> Graph:
    """The graph of the process behind ``dynamics``."""
    table = dynamics.table
    names = tuple(_name(state) for state in (*table.states, "END"))
    starts = {int(s): float(table.start[s]) for s in np.flatnonzero(table.start)}
    return Graph(names, places(table), starts, _edges(dynamics), is_grid(table))


def caption(dynamics: Dynamics, code: int, moment: Moment) -> str:
    """Elapsed steps, last action, last reward and the flags, in one line."""
    limit = dynamics.mdp.time_limit
    words = [f"step {moment.elapsed}" + (f" of at most {limit}" if limit else "")]
    if moment.reward is not None:
        action = np.asarray(moment.action)
        words += ["action " + ", ".join(f"{x:.4g}" for x in action.ravel()), f"reward {moment.reward:+.4g}"]
    if dynamics.ended(code):
        words.append("terminated")
    if dynamics.truncated_from <= code < dynamics.terminated_from:
        words.append("truncated")
    return " | ".join(words[moment.elapsed is None :])


def _name(state: Any) -> str:
    if isinstance(state, tuple):
        return ",".join("-" if part is None else _name(part) for part in state)
    return str(state)


def _edges(dynamics: Dynamics) -> dict[tuple[int, int], list[str]]:
    table, mdp = dynamics.table, dynamics.mdp
    found: dict[tuple[int, int], dict[tuple[float, float], list[int]]] = defaultdict(dict)
    for source, action, target, reward, chance in table.rows():
        found[source, target].setdefault((reward, chance), []).append(action)
    edges = {}
    for edge, outcomes in found.items():
        if not dynamics.listed and len(outcomes) > 1:
            rewards = [reward for reward, _ in outcomes]
            edges[edge] = [f"{min(rewards) + 0.0:+.3g} to {max(rewards) + 0.0:+.3g}"]
            continue
        lines = [_line(mdp.actions, *outcome, actions) for outcome, actions in outcomes.items()]
        edges[edge] = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "..."]
    return edges


def _line(actions: Any, reward: float, chance: float, taken: list[int]) -> str:
    words = [f"{reward:+.4g}"]
    if len(taken) < len(actions):
        words.insert(0, "a=" + ",".join(str(actions[a]) for a in taken))
    if chance < 1.0:
        words.append(f"p={chance:.3g}")
    return " ".join(words)
