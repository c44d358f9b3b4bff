"""Files of bare numbers: NumPy arrays, and text without a header; pickled content is never loaded."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.log import ROWS, STEPS, Log, LogError, Series
from rlprobe.comparison.metrics import is_return, is_something_else, plain
from rlprobe.comparison.readers.columns import STEP_NAMES
from rlprobe.comparison.readers.text import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rlprobe.comparison.log import Floats

MOST_SEEDS: Final = 64
"""Of a table of numbers, the shorter side are the seeds, if it is no longer than this."""


def read_numpy(path: Path) -> list[Log]:
    """The runs in ``.npy`` or ``.npz``.

    Raises:
        LogError: it is damaged, holds pickled objects, or no numbers.
    """
    try:
        with path.open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                return of_array(path, stored)
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise LogError(f"the file is damaged or contains pickled objects ({error})") from error
    return of_arrays(path, arrays)


def of_arrays(path: Path, arrays: Mapping[str, Any]) -> list[Log]:
    """The runs in named arrays: one called as a return with its steps, or an array for each algorithm."""
    numbers = {name: array for name, array in arrays.items() if np.asarray(array).dtype.kind in "fiub"}
    if not numbers:
        raise LogError(f"expected arrays of numbers, found {', '.join(arrays) or 'nothing'}")
    steps = next((numbers[n] for n in numbers if plain(n) in STEP_NAMES or plain(n) == "timesteps"), None)
    named = [name for name in numbers if is_return(name)]
    if named:
        return of_array(path, numbers[named[0]], steps=steps)
    return [
        Log(
            log.path,
            log.kind,
            log.series,
            log.axis,
            f"{name} {log.name}".strip(),
            {"algorithm": name, **log.facts},
            log.notes,
        )
        for name, array in numbers.items()
        if np.ndim(array) in {1, 2} and np.size(array) > 1 and not is_something_else(name)
        for log in of_array(path, array)
    ]


def of_array(path: Path, array: Any, steps: Any = None) -> list[Log]:
    """One curve, or a table of curves: the shorter side are the seeds.

    Raises:
        LogError: it has no such shape.
    """
    values = np.asarray(array)
    if values.dtype.kind not in "fiub" or values.ndim not in {1, 2} or not values.size:
        raise LogError(
            f"expected numbers of shape (points,) or (seeds, points), found {values.dtype} {values.shape}"
        )
    values = values.astype(float)
    if values.ndim == 1:
        return [_curve(path, values, steps)]
    if values.shape[1] == 2 and len(values) > 2 and (np.diff(values[:, 0]) > 0).all():
        return [_curve(path, values[:, 1], values[:, 0])]
    count, points = values.shape
    turned = count > points and points <= MOST_SEEDS
    rows = values.T if turned else values
    note = f"its numbers of shape {count} x {points} are read as {len(rows)} seeds of {rows.shape[1]} points"
    return [_curve(path, row, steps, str(place), note if not place else "") for place, row in enumerate(rows)]


def _curve(path: Path, values: Floats, steps: Any, seed: str = "", note: str = "") -> Log:
    given = None if steps is None else np.asarray(steps, float).reshape(-1)
    at = given if given is not None and len(given) == len(values) else np.arange(1.0, len(values) + 1)
    facts = {"seed": seed} if seed else {}
    axis = STEPS if at is given else ROWS
    notes = (note,) if note else ()
    return Log(
        path, "numbers", {"return": Series.of(at, values)}, axis, f"seed {seed}" if seed else "", facts, notes
    )


def of_lines(path: Path, rows: Sequence[Sequence[str]]) -> list[Log] | None:
    """A table without a header: a return a line, or a step and a return; nothing for anything else."""
    width = len(rows[0])
    if width > 2 or any(
        len(row) != width or not all(np.isfinite(number(cell)) for cell in row) for row in rows
    ):
        return None
    values = np.array([[float(cell) for cell in row] for row in rows])
    if width == 1:
        return [_curve(path, values[:, 0], None)]
    return [_curve(path, values[:, 1], values[:, 0])] if (np.diff(values[:, 0]) >= 0).all() else None
