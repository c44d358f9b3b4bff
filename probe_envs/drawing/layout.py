"""Where the states of a process stand: columns from the start to the end, with few crossing arrows."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from probe_envs.table import Table

    Layer = list[int]
    Neighbours = Mapping[int, Sequence[int]]

SWEEPS = 4
"""How often the states of each column are reordered by those of the columns beside it."""
LARGEST_REORDERED = 400
"""States above which a process is drawn in the order in which its states are declared."""


def places(table: Table) -> NDArray[np.float64]:
    """``(S + 1, 2)`` column and row of each state and of ``END``."""
    return _grid(table.states) if is_grid(table) else _layered(table)


def is_grid(table: Table) -> bool:
    """Whether every state is a pair ``(row, column)`` of whole numbers, with ways from one to another."""
    linked = ((table.target != table.end) & (table.source != table.target)).any()
    return bool(linked) and all(
        isinstance(s, tuple) and len(s) == 2 and all(isinstance(x, int) for x in s) for s in table.states
    )


def _grid(states: Sequence[Any]) -> NDArray[np.float64]:
    cells = np.array([(column, row) for row, column in states], dtype=float)
    return np.vstack([cells, (cells[:, 0].mean(), cells[:, 1].max() + 1.5)])


def _layered(table: Table) -> NDArray[np.float64]:
    """Columns are distances to ``END``, or from the start where the process can come back to a state."""
    leads: dict[int, Layer] = defaultdict(list)
    for source, target in sorted(set(zip(table.source.tolist(), table.target.tolist(), strict=True))):
        if source != target:
            leads[source].append(target)
    column = _before_the_end(leads, table.end) or _after_the_start(leads, table)
    layers: dict[int, Layer] = defaultdict(list)
    for state in _in_order(table.states):
        layers[column[state]].append(state)
    ordered = [layers[k] for k in sorted(layers)]
    if table.end < LARGEST_REORDERED:
        ordered = _untangled(ordered, leads)
    height = _heights(ordered, leads, table.end)
    last = max(column[state] for state in range(table.end)) + 1
    return np.array([*((column[state], height[state]) for state in range(table.end)), (last, 0.0)])


def _in_order(states: Sequence[Any]) -> list[int]:
    """The numbers of the states, sorted by name if the names are numbers."""
    numbers = list(range(len(states)))
    if all(isinstance(state, (int, float)) for state in states):
        return sorted(numbers, key=lambda number: states[number])
    return numbers


def _before_the_end(leads: Neighbours, end: int) -> dict[int, int]:
    """Columns by the longest way to ``END``; empty if there is a way round."""
    waiting = {state: len(targets) for state, targets in leads.items()}
    comes: dict[int, Layer] = defaultdict(list)
    for source, targets in leads.items():
        for target in targets:
            comes[target].append(source)
    ready = [state for state in {end, *comes, *leads, *range(end)} if not waiting.get(state)]
    distance = dict.fromkeys(ready, 1) | {end: 0}
    for state in ready:  # grows
        for source in comes[state]:
            distance[source] = max(distance.get(source, 0), distance[state] + 1)
            waiting[source] -= 1
            if not waiting[source]:
                ready.append(source)
    longest = max(distance.values())
    return {state: longest - far for state, far in distance.items()} if len(ready) == end + 1 else {}


def _after_the_start(leads: Neighbours, table: Table) -> dict[int, int]:
    """Columns by the shortest way from a start state."""
    depth = dict.fromkeys(np.flatnonzero(table.start).tolist(), 0)
    order = list(depth)
    for source in order:  # grows
        for target in leads[source]:
            if target not in depth and target != table.end:
                depth[target] = depth[source] + 1
                order.append(target)
    return depth


def _untangled(layers: list[Layer], leads: Neighbours) -> list[Layer]:
    """The order of the states in each column with the fewest crossings found; the given one wins a tie."""
    comes: dict[int, Layer] = defaultdict(list)
    for source, targets in leads.items():
        for target in targets:
            comes[target].append(source)
    best, trial = layers, layers
    for sweep in range(SWEEPS):
        if not _crossings(best, leads):
            break
        forward = sweep % 2 == 0
        trial = _sorted_by(trial if forward else trial[::-1], comes if forward else leads)
        trial = trial if forward else trial[::-1]
        best = min(best, trial, key=lambda one: _crossings(one, leads))
    return best


def _sorted_by(layers: list[Layer], neighbours: Neighbours) -> list[Layer]:
    """Every column sorted by the mean place of its neighbours in the column before it."""
    found = layers[:1]
    for layer in layers[1:]:
        place = {state: i for i, state in enumerate(found[-1])}
        centre = {
            state: np.mean([place[n] for n in neighbours[state] if n in place] or [i])
            for i, state in enumerate(layer)
        }
        found.append(sorted(layer, key=centre.__getitem__))
    return found


def _crossings(layers: list[Layer], leads: Neighbours) -> int:
    """How many pairs of arrows between neighbouring columns cross."""
    count = 0
    for left, right in pairwise(layers):
        place = {state: i for i, state in enumerate(right)}
        arrows = [(i, place[t]) for i, s in enumerate(left) for t in leads[s] if t in place]
        count += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(arrows, 2))
    return count


def _heights(layers: list[Layer], leads: Neighbours, end: int) -> dict[int, float]:
    """The row of each state: beside the states it leads to, at least one apart in a column."""
    height = {end: 0.0}
    for layer in layers[::-1]:
        wished = [np.mean([height[t] for t in leads[s] if t in height] or [0.0]) for s in layer]
        blocks: list[list[float]] = []
        for k, wish in enumerate(wished):  # the nearest increasing sequence: pool what violates it
            blocks.append([float(wish) - k])
            while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
                blocks[-2:] = [blocks[-2] + blocks[-1]]
        shifts = [float(np.mean(block)) for block in blocks for _ in block]
        height |= {state: k + shift for k, (state, shift) in enumerate(zip(layer, shifts, strict=True))}
    return height
