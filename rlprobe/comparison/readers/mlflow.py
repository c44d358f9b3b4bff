"""Metrics of MLflow's file store: a file a metric, a line a value, with time, value and step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.log import Log, LogError, Series
from rlprobe.comparison.readers.text import number, text_of, whole_lines

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "metrics"


def is_metric(path: Path) -> bool:
    """Whether a file is a metric of MLflow: in a folder ``metrics``, with three numbers in its first line."""
    if path.suffix or FOLDER not in path.parts[-4:-1]:
        return False
    try:
        with path.open("rb") as file:
            words = file.readline(200).decode("utf-8", errors="replace").split()
    except OSError:
        return False
    return len(words) == 3 and all(np.isfinite(number(word)) for word in words)


def read_metric(path: Path) -> Log:
    """One metric; its name is that of the file below ``metrics``.

    Raises:
        LogError: no line holds three numbers.
    """
    lines, cut = whole_lines(text_of(path))
    rows = [[number(word) for word in line.split()] for line in lines]
    whole = np.array([row for row in rows if len(row) == 3], float)
    if not whole.size:
        raise LogError("no line has a time, a value and a step")
    parts = path.parts
    start = len(parts) - 2 - parts[:-1][::-1].index(FOLDER)
    name = "/".join(parts[start + 1 :])
    return Log(path, "table", {name: Series.of(whole[:, 2], whole[:, 1])}, notes=tuple(cut))
