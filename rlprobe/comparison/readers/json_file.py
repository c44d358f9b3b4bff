"""Whole JSON files: lists of returns, rows, columns of pandas, or curves by algorithm and seed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlprobe.comparison.log import Log, LogError
from rlprobe.comparison.metrics import is_return, plain
from rlprobe.comparison.readers.columns import ALGORITHM_NAMES, SEED_NAMES, TASK_NAMES
from rlprobe.comparison.readers.numbers import of_array, of_arrays
from rlprobe.comparison.readers.several import rows_as_columns, runs_of
from rlprobe.comparison.readers.text import text_of

if TYPE_CHECKING:
    from pathlib import Path


def is_whole(path: Path) -> bool:
    """Whether a JSON file is one value, and not a value a line."""
    with path.open("rb") as file:
        first = file.readline(1_000_000)
        more = file.read(1)
    try:
        json.loads(first)
    except ValueError:
        return True
    return not more.strip()


def read_json(path: Path) -> list[Log]:
    """The runs in a JSON file.

    Raises:
        LogError: it is no JSON, or holds no list of numbers.
    """
    try:
        content = json.loads(text_of(path))
    except ValueError as error:
        raise LogError(f"the file is no JSON ({error})") from error
    found = _of(path, content)
    if not found:
        raise LogError("expected lists of numbers, or rows with names")
    return found


def _of(path: Path, content: Any) -> list[Log]:
    if _is_rows(content):
        return runs_of(path, "jsonl", rows_as_columns(content), ())
    if _is_numbers(content) or (isinstance(content, list) and content and all(map(_is_numbers, content))):
        return _curves(path, content)
    if not isinstance(content, dict):
        return []
    if _is_pandas(content):
        rows = [
            dict(zip(content, row, strict=True))
            for row in zip(*(c.values() for c in content.values()), strict=True)
        ]
        return runs_of(path, "jsonl", rows_as_columns(rows), ())
    lists = {name: value for name, value in content.items() if _is_numbers(value)}
    if any(is_return(name) for name in lists):
        return [replace(log, facts={**_said(content), **log.facts}) for log in of_arrays(path, lists)]
    found = []
    for name, value in content.items():
        found += [_under(log, str(name)) for log in _of(path, value)]
    return found


def _curves(path: Path, content: Any) -> list[Log]:
    """A list of numbers, or of lists, which need not be of one length."""
    if _is_numbers(content):
        return of_array(path, content)
    found = []
    for place, row in enumerate(content):
        (log,) = of_array(path, row)
        found.append(replace(log, name=f"seed {place}", facts={"seed": str(place)}))
    return found


def _under(log: Log, name: str) -> Log:
    """A run below a name: that of its algorithm, or the number of its seed."""
    number = name.lower().removeprefix("seed").strip("_- =")
    fact = {"seed": number} if number.isdecimal() else {"algorithm": name}
    return replace(
        log,
        name=f"{name} {log.name}".strip(),
        facts={**log.facts, **{k: v for k, v in fact.items() if k not in log.facts}},
    )


def _said(content: dict[str, Any]) -> dict[str, str]:
    known = {plain(str(name)): str(value) for name, value in content.items() if isinstance(value, (str, int))}
    facts = (("seed", SEED_NAMES), ("task", TASK_NAMES), ("algorithm", ALGORITHM_NAMES))
    return {fact: known[name] for fact, names in facts for name in reversed(names) if name in known}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _is_pandas(content: dict[str, Any]) -> bool:
    """Whether names of columns hold values by the number of their row, as pandas writes tables."""
    columns = list(content.values())
    return (
        len(columns) > 1
        and all(isinstance(one, dict) and one for one in columns)
        and all(list(one) == list(columns[0]) for one in columns)
        and all(key.isdecimal() for key in columns[0])
        and any(_is_number(value) for one in columns for value in one.values())
    )
