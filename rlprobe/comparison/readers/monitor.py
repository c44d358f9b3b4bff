"""Monitor files of Gymnasium and Stable-Baselines3: a line of JSON, then ``r,l,t`` for each episode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.comparison.log import Log, LogError, Series
from rlprobe.comparison.readers.text import text_of, whole_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rlprobe.comparison.log import Floats


def is_monitor(head: str) -> bool:
    """Whether a file that begins like this is a monitor file."""
    lines = head.splitlines()
    return head.startswith("#{") or (bool(lines) and lines[0].strip().split(",")[:3] == ["r", "l", "t"])


def read_monitor(path: Path) -> Log:
    """One monitor file; its steps are the lengths of the episodes, added up.

    Raises:
        LogError: it has no columns ``r`` and ``l``, or no episode.
    """
    lines, cut = whole_lines(text_of(path))
    facts = _facts(lines[0]) if lines[0].startswith("#") else {}
    body = lines[1:] if lines[0].startswith("#") else lines
    names = [name.strip().strip('"') for name in body[0].split(",")] if body else []
    if not {"r", "l"} <= set(names):
        raise LogError(f"expected the columns r, l, t of a monitor file, found {', '.join(names) or 'none'}")
    rows, notes = _rows(body[1:], len(names))
    notes = (*cut, *notes)
    if not len(rows):
        raise LogError("the monitor file has no episode")
    columns = dict(zip(names, rows.T, strict=True))
    steps = np.cumsum(np.nan_to_num(columns["l"]))
    series = {
        "monitor/return": Series(steps, columns["r"]),
        "monitor/length": Series(steps, columns["l"]),
        **{name: Series(steps, columns[name]) for name in names if name not in {"r", "l", "t"}},
    }
    if "t" in columns:
        series["monitor/time"] = Series(steps, columns["t"] + float(facts.get("t_start", 0.0)))
    return Log(path, "monitor", series, facts=facts, notes=notes)


def merged(logs: Sequence[Log]) -> Log:
    """The monitor files of the processes of one run, as one log: episodes in the order of their ends."""
    if len(logs) == 1:
        return logs[0]
    names = set.intersection(*(set(log.series) for log in logs))
    timed = "monitor/time" in names
    keys = [
        log.series["monitor/time"].values if timed else log.series["monitor/length"].steps for log in logs
    ]
    order = np.argsort(np.concatenate(keys), kind="stable")
    lengths = np.concatenate([log.series["monitor/length"].values for log in logs])[order]
    steps = np.cumsum(np.nan_to_num(lengths))
    series = {
        name: Series(steps, np.concatenate([log.series[name].values for log in logs])[order])
        for name in names
    }
    notes = tuple(f"{log.path.name}: {note}" for log in logs for note in log.notes)
    return Log(logs[0].path.parent, "monitor", series, facts=logs[0].facts, notes=notes)


def _facts(line: str) -> dict[str, str]:
    try:
        said = json.loads(line.lstrip("#").strip())
    except ValueError:
        return {}
    found = {"t_start": str(said["t_start"])} if isinstance(said.get("t_start"), (int, float)) else {}
    task = said.get("env_id")
    return found | ({"task": task} if isinstance(task, str) and task not in {"", "None"} else {})


def _rows(lines: Sequence[str], width: int) -> tuple[Floats, tuple[str, ...]]:
    """Episodes as numbers; a line that is not whole is left out and said."""
    whole: list[list[float]] = []
    bad: list[int] = []
    for place, line in enumerate(lines):
        try:
            row = [float(cell) if cell else float("nan") for cell in line.split(",")]
        except ValueError:
            row = []
        if len(row) == width:
            whole.append(row)
        else:
            bad.append(place)
    last = len(lines) - 1
    notes: tuple[str, ...] = ("its last line is half-written and was left out",) if last in bad else ()
    others = len([place for place in bad if place != last])
    notes += (f"{others} damaged lines were left out",) if others else ()
    return np.array(whole, float).reshape(len(whole), width), notes
