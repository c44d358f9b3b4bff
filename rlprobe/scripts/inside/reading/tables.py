"""Tables of action values in a script: arrays and dictionaries indexed by observations."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.scripts.inside.reading.codes import codes
from rlprobe.scripts.inside.reading.frames import named_things

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = re.compile(
    r"(q|v|qs|q_?table|q_?values?|q_?sa|values?|v_?table|action_?values?|state_?values?|table)", re.IGNORECASE
)
ONE_OF_TWO = re.compile(r"(.+?)_?(a|b|1|2|one|two|first|second)", re.IGNORECASE)
"""Names of the tables of double Q-learning."""
PARAMETERS = re.compile(r"(w|weights?|theta|params|parameters|q_?weights?|coef\w*)", re.IGNORECASE)
OTHER = re.compile(r"target|tgt|old|policy|actor|prob|pi\b|softmax|update|learn|train|loss|grad|error|reward")
"""Names of what is no critic that learns."""


@dataclass(frozen=True)
class Table:
    """A table of action values.

    Args:
        name: its name in the script.
        rows: its entry for each numbered observation; None where it has none yet.
    """

    name: str
    rows: tuple[Any, ...]

    def value(self, number: int) -> float | None:
        """The largest value at an observation."""
        row = self.rows[number]
        return None if row is None else float(np.max(row))


def find(names: Mapping[str, Any], stages: Sequence[Any], *, distinct: bool = True) -> Table | None:
    """The table of action values, if the script has one with a usual name; or the mean of a pair of them.

    Args:
        names: the names of the script.
        stages: environments; the first shows ``looks`` and has an ``action_space``.
        distinct: whether every look needs an entry of its own.
    """
    stage = stages[0]
    actions = int(stage.action_space.n) if isinstance(stage.action_space, spaces.Discrete) else None
    pairs: dict[str, list[Table]] = {}
    for name, thing in named_things(names):
        pair = _base(name)
        if not pair and not TABLE.fullmatch(_last(name)):
            continue
        table = _of_lists(thing)
        for key_of in (*codes(names), _plain):
            rows = _rows(table, [key_of(look) for look in stage.looks], actions, distinct=distinct)
            if rows is not None and not pair:
                return Table(name, rows)
            if rows is not None:
                pairs.setdefault(pair, []).append(Table(name, rows))
                break
    return next((mean for tables in pairs.values() if len(tables) == 2 and (mean := _mean(*tables))), None)


def _last(name: str) -> str:
    return name.rpartition(".")[2].strip("_")


def _base(name: str) -> str:
    """What the names of a pair of tables have in common; empty for other names.

    >>> [_base(name) for name in ("QA", "agent.q_table_2", "Q", "lambda")]
    ['Q', 'agent.q_table', '', '']
    """
    owner, _, last = name.rpartition(".")
    found = ONE_OF_TWO.fullmatch(last.strip("_"))
    if not found or not TABLE.fullmatch(found[1]):
        return ""
    return f"{owner}.{found[1]}" if owner else found[1]


def _mean(one: Table, other: Table) -> Table | None:
    """The mean of two tables; where only one has an entry, that. None if their entries differ in shape."""
    both = list(zip(one.rows, other.rows, strict=True))
    if len({np.shape(row) for pair in both for row in pair if row is not None}) > 1:
        return None
    rows = tuple(a if b is None else b if a is None else (a + b) / 2 for a, b in both)
    return Table(f"{one.name} and {other.name}", rows)


def fingerprints(names: Mapping[str, Any]) -> list[str]:
    """A fingerprint of each table, or array of parameters, that the script names as usual."""
    found = []
    for name, held in named_things(names):
        if not (_base(name) or TABLE.fullmatch(_last(name)) or PARAMETERS.fullmatch(_last(name))):
            continue
        thing = _of_lists(held)
        if isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
            found.append(f"{name} {zlib.crc32(np.ascontiguousarray(thing).tobytes())}")
        elif isinstance(thing, Mapping) and thing:
            found.append(f"{name} {zlib.crc32(repr(list(thing.items())).encode())}")
    return found


def of_integers(names: Mapping[str, Any]) -> list[str]:
    """The names of tables that can hold whole numbers only."""
    arrays = ((name, thing) for name, thing in named_things(names) if isinstance(thing, np.ndarray))
    return [n for n, a in arrays if a.dtype.kind in "iu" and a.ndim > 1 and TABLE.fullmatch(_last(n))]


def _of_lists(thing: Any) -> Any:
    """A list of lists of numbers as an array; anything else as it is."""
    if not (isinstance(thing, list) and thing and isinstance(thing[0], (list, np.ndarray))):
        return thing
    try:
        return np.array(thing, dtype=np.float64)
    except (TypeError, ValueError):
        return thing


def _plain(look: Any) -> Any:
    if isinstance(look, np.ndarray):
        return tuple(look.tolist()) if look.ndim else look.item()
    return int(look) if np.ndim(look) == 0 and isinstance(look, (int, np.integer)) else _hashable(look)


def _hashable(look: Any) -> Any:
    return look if isinstance(look, tuple) else None


def _rows(thing: Any, keys: list[Any], actions: int | None, *, distinct: bool) -> tuple[Any, ...] | None:
    """The entry of ``thing`` for each key; None if it is no table for these keys."""
    if (
        any(key is None for key in keys)
        or not _are_of_one_kind(thing, keys)
        or (distinct and len(set(map(str, keys))) < len(keys))
    ):
        return None
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "fi" and thing.ndim >= 1:
        return _array_rows(thing, keys, actions)
    if isinstance(thing, Mapping) and thing:
        return _mapping_rows(thing, keys, actions)
    return None


def _are_of_one_kind(thing: Any, keys: list[Any]) -> bool:
    """Whether keys with fractions are looked for in a dictionary that has such keys: 1.0 is not the bin 1."""
    if not any(isinstance(part, float) for key in keys for part in _parts_of(key)):
        return True
    held = list(thing)[:20] if isinstance(thing, Mapping) else []
    return any(isinstance(part, (float, str)) for key in held for part in _parts_of(key))


def _parts_of(key: Any) -> list[Any]:
    """The numbers in a key, tuples in it opened."""
    if not isinstance(key, tuple):
        return [float(key) if isinstance(key, np.floating) else key]
    return [part for one in key for part in _parts_of(one)]


def _array_rows(table: Any, keys: list[Any], actions: int | None) -> tuple[Any, ...] | None:
    places = [key if isinstance(key, tuple) else (key,) for key in keys]
    if any(isinstance(i, float) and not i.is_integer() for place in places for i in place):
        return None
    per_action = actions is not None and table.shape[-1] == actions and table.ndim == len(places[0]) + 1
    if not per_action and table.ndim != len(places[0]):
        return None
    try:
        return tuple(np.array(table[tuple(int(i) for i in place)]) for place in places)
    except (IndexError, TypeError, ValueError):
        return None


def _mapping_rows(table: Mapping[Any, Any], keys: list[Any], actions: int | None) -> tuple[Any, ...] | None:
    rows: list[Any] = []
    for key in keys:
        forms = [key, str(key), str(list(key)) if isinstance(key, tuple) else key]
        held = next((form for form in forms if form in table), None)
        if held is not None:
            row = table[held]
            row = list(row.values()) if isinstance(row, Mapping) else row
        else:
            pairs = [(key, a) for a in range(actions or 0)]
            pairs = [p if p in table else ((*key, p[1]) if isinstance(key, tuple) else p) for p in pairs]
            row = [table[p] for p in pairs if p in table] or None
        try:
            rows.append(None if row is None else np.asarray(row, dtype=np.float64).reshape(-1))
        except (TypeError, ValueError):
            return None
    return tuple(rows) if any(row is not None for row in rows) else None
