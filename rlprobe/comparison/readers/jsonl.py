"""JSON lines: one object a line with a step and named numbers, as in ``run.jsonl``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.log import Log, LogError, Series
from rlprobe.comparison.readers.columns import log_of
from rlprobe.comparison.readers.several import runs_by_rows
from rlprobe.comparison.readers.text import text_of

if TYPE_CHECKING:
    from pathlib import Path

LONG: Final = {"name", "step", "value"}
"""Keys of a row that holds one value of one metric."""


def read_jsonl(path: Path) -> list[Log]:
    """The runs of a file: one, or several if its rows name them.

    Raises:
        LogError: no line is a JSON object.
    """
    rows, notes = _rows(text_of(path))
    if not rows:
        raise LogError("no line of the file is a JSON object")
    return runs_by_rows(path, "jsonl", rows, notes) or [_one_run(path, rows, notes)]


def _one_run(path: Path, rows: list[dict[str, Any]], notes: list[str]) -> Log:
    """Every named number of every row; names of nested objects are joined by a slash."""
    long = [row for row in rows if row.keys() >= LONG]
    if long:
        return Log(path, "jsonl", _by_name(long), notes=tuple(notes))
    count = len(rows)
    numbers: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    broken: dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    said: dict[str, str] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if isinstance(value, str) and value.lower().lstrip("-") in {"nan", "inf", "infinity"}:
                value = float(value)  # noqa: PLW2901 - some writers have no other NaN
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if name not in numbers:
                    numbers[name], broken[name] = np.full(count, np.nan), np.zeros(count, bool)
                numbers[name][place], broken[name][place] = value, not np.isfinite(value)
            elif isinstance(value, str):
                said.setdefault(name, value)
    return log_of(path, "jsonl", numbers, said, notes, broken=broken)


def _by_name(rows: list[dict[str, Any]]) -> dict[str, Series]:
    """The series of rows that hold one value each, as ``run.jsonl`` of ``rlprobe run`` has them."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        value = row["value"]
        number = float(value) if isinstance(value, (int, float)) else float("nan")
        points.setdefault(str(row["name"]), []).append((float(row["step"]), number))
    return {name: Series.of(*zip(*here, strict=True)) for name, here in points.items()}


def _rows(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    rows, bad = [], []
    for place, line in enumerate(lines):
        try:
            row = json.loads(line)
        except ValueError:
            bad.append(place)
            continue
        if isinstance(row, dict):
            rows.append(_flat(row))
        else:
            bad.append(place)
    half = bool(bad) and bad[-1] == len(lines) - 1
    notes = ["its last line is half-written and was left out"] if half else []
    others = len(bad) - half
    return rows, [*notes, f"{others} damaged lines were left out"] if others else notes


def _flat(row: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        found |= _flat(value, f"{before}{name}/") if isinstance(value, dict) else {f"{before}{name}": value}
    return found
