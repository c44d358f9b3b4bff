"""Tables with a header: ``progress.csv`` of Stable-Baselines3 and of others."""

from __future__ import annotations

import csv
import importlib
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.comparison.log import Log, LogError
from rlprobe.comparison.readers import wandb
from rlprobe.comparison.readers.numbers import of_lines
from rlprobe.comparison.readers.several import rows_as_columns, runs_of
from rlprobe.comparison.readers.text import number, text_of, whole_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_table(path: Path) -> list[Log]:
    """The runs in a table: one, or several if its rows or columns name them (W&B, pandas).

    Raises:
        LogError: there is no header, or no row below it.
    """
    header, rows, notes = _cells(path)
    if not header:
        return of_lines(path, rows) or _headless()
    exported = wandb.runs_of(path, header, rows, notes)
    if exported:
        return exported
    header = _downloaded(path, header)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header) if _is_named(name)}
    return runs_of(path, "table", columns, notes)


def read_parquet(path: Path) -> list[Log]:
    """The runs in a Parquet file, as W&B and pandas write it.

    Raises:
        LogError: pyarrow is not installed, or the file is damaged.
    """
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise LogError("Parquet needs the package pyarrow: pip install pyarrow") from error
    try:
        stored = parquet.read_table(path)
    except Exception as error:  # - pyarrow raises kinds of its own
        raise LogError(f"the file is no Parquet ({' '.join(str(error).split())[:100]})") from error
    return runs_of(path, "table", rows_as_columns(stored.to_pylist()), ())


def _is_named(name: str) -> bool:
    """Whether a column has a name; pandas writes the numbers of the rows without one."""
    return bool(name) and not name.startswith("Unnamed: ")


def _headless() -> list[Log]:
    raise LogError("the table has no header: its first line is numbers; name the columns, e.g. step,return")


def _downloaded(path: Path, header: list[str]) -> list[str]:
    """The header of a download from TensorBoard, whose column ``Value`` is named by the file."""
    if [name.lower() for name in header] != ["wall time", "step", "value"]:
        return header
    tag = path.stem.rpartition("-tag-")[2] if "-tag-" in path.stem else ""
    return ["Wall time", "Step", tag.replace("_", "/", 1) if tag else "return"]


def _cells(path: Path) -> tuple[list[str], list[list[str]], list[str]]:
    """Header and rows of equal length; no header if the first line is numbers; what is left out is said."""
    found, cut = whole_lines(text_of(path))
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
        return [], table, []
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
