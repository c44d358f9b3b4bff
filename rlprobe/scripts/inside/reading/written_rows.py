"""The row of a table that belongs to an observation, where its key is made in line: it is written to."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import in_lower_case
from rlprobe.scripts.inside.reading import tables
from rlprobe.scripts.inside.reading.frames import named_things, namespace, script_frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CALLED = re.compile(r"(?!.*(visit|count|trace|elig|model))((.*_)?q(_.*)?|.*table.*|.*values?)")
"""What a table may be called that is seen to be written to."""
MOST_NUMBERS, MOST_TRIES = 200_000, 20
LEAST_WRITTEN, LEAST_SHARE = 5, 0.8
"""A row belongs to an observation if it was written to so often after steps from it, and in this share of
all writes after such steps."""


class WrittenRows:
    """Watches the arrays that are called as tables are, and what each step changes in them.

    Between two steps, one-step learning writes to the row of the observation that the first of them began in.
    """

    def __init__(self) -> None:
        self._copies: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
        self._written: dict[str, dict[int, Counter[tuple[int, ...]]]] = {}
        self._last: int | None = None
        self._tries = 0

    def step(self, number: int) -> None:
        """A step begins, in the observation of this number."""
        if not self._copies and self._tries < MOST_TRIES:
            self._tries += 1
            self._copies = {name: (array, array.copy()) for name, array in _arrays()}
        for name, (array, copy) in self._copies.items():
            changed = np.argwhere((array != copy).any(axis=-1))
            if len(changed) == 0:
                continue
            if len(changed) == 1 and self._last is not None:
                rows = self._written.setdefault(name, {}).setdefault(self._last, Counter())
                rows[tuple(changed[0].tolist())] += 1
            copy[...] = array
        self._last = number

    def find(
        self, names: Mapping[str, Any], stages: Sequence[Any], *, distinct: bool = True
    ) -> tables.Table | None:
        """The table of action values: by the keys that functions make, or else by what was written."""
        found = tables.find(names, stages, distinct=distinct)
        if found is not None or not stages:
            return found
        actions = getattr(stages[0].action_space, "n", None)
        for name, written in self._written.items():
            array, _ = self._copies[name]
            rows = {number: row for number, counts in written.items() if (row := _of_one(counts)) is not None}
            if array.shape[-1] == actions and rows and len(set(rows.values())) == len(rows):
                held = (rows.get(number) for number in range(len(stages[0].looks)))
                return tables.Table(name, tuple(None if row is None else array[row].copy() for row in held))
        return None


def _arrays() -> list[tuple[str, NDArray[Any]]]:
    """The arrays of the script that are called as tables are, or nearly so."""
    found = []
    for name, thing in named_things(namespace(script_frames())):
        last = in_lower_case(name.rpartition(".")[2])
        array = isinstance(thing, np.ndarray) and thing.dtype.kind == "f" and thing.ndim > 1
        if array and thing.size <= MOST_NUMBERS and CALLED.fullmatch(last) and not tables.OTHER.search(last):
            found.append((name, thing))
    return found


def _of_one(counts: Counter[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The row that nearly all writes went to; None if there is none."""
    row, most = counts.most_common(1)[0]
    return row if most >= max(LEAST_WRITTEN, LEAST_SHARE * counts.total()) else None
