"""Tables with a header: ``progress.csv`` of Stable-Baselines3 and of others."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.comparison.log import Log, LogError
from rlprobe.comparison.readers import wandb
from rlprobe.comparison.readers.columns import log_of
from rlprobe.comparison.readers.text import is_said_nan, number, text_of, whole_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rlprobe.comparison.log import Floats


def read_table(path: Path) -> list[Log]:
    """The columns of a table; one log, or several if the columns are runs (an export of W&B).

    Raises:
        LogError: there is no header, or no row below it.
    """
    header, rows, notes = _cells(text_of(path))
    exported = wandb.runs_of(path, header, rows, notes)
    if exported:
        return exported
    header = _downloaded(path, header)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header) if name}
    numbers: dict[str, Floats] = {}
    broken, said = {}, {}
    for name, cells in columns.items():
        values = np.array([number(cell) for cell in cells])
        nans = np.array([is_said_nan(cell) for cell in cells])
        if np.isfinite(values).any() or nans.any():
            numbers[name], broken[name] = values, nans | np.isinf(values)
        elif cells[0]:
            said[name] = cells[0]
    return [log_of(path, "table", numbers, said, notes, broken=broken)]


def _downloaded(path: Path, header: list[str]) -> list[str]:
    """The header of a download from TensorBoard, whose column ``Value`` is named by the file."""
    if [name.lower() for name in header] != ["wall time", "step", "value"]:
        return header
    tag = path.stem.rpartition("-tag-")[2] if "-tag-" in path.stem else ""
    return ["Wall time", "Step", tag.replace("_", "/", 1) if tag else "return"]


def _cells(text: str) -> tuple[list[str], list[list[str]], list[str]]:
    """Header and rows of equal length; what is left out is said."""
    found, cut = whole_lines(text)
    lines = [line for line in found if not line.startswith("#")]
    if not lines:
        raise LogError("the table has no header")
    mark = max(",\t;", key=lines[0].count)
    if not lines[0].count(mark) and len(lines[0].split()) > 1:
        lines = [" ".join(line.split()) for line in lines]
        mark = " "
    table = list(csv.reader(lines, delimiter=mark))
    header = [name.strip().strip('"') for name in table[0]]
    if all(np.isfinite(number(name)) for name in header):
        raise LogError(
            "the table has no header: its first line is numbers; name the columns, e.g. step,return"
        )
    rows = [row for row in table[1:] if len(row) == len(header)]
    wrong = [place for place, row in enumerate(table[1:]) if len(row) != len(header)]
    if not rows:
        raise LogError("the table has no row below its header")
    return header, rows, [*cut, *_notes(wrong, len(table) - 2)]


def _notes(wrong: Sequence[int], last: int) -> list[str]:
    half = last in wrong
    others = len(wrong) - half
    notes = ["its last line is half-written and was left out"] if half else []
    return [*notes, f"{others} damaged lines were left out"] if others else notes
