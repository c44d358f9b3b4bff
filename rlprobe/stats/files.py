"""Save statistics as an ``.npz`` archive of plain arrays with a JSON header, without pickle."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.output.files import write_atomically
from rlprobe.stats.layout import Layout
from rlprobe.stats.leaf import Leaf
from rlprobe.stats.sums import State

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

SCHEMA: Final = 2
READS: Final = (1, SCHEMA)
"""Schemas that are read; 1 kept mean and squared deviations instead of sums."""
FORMAT: Final = "rlprobe statistics"


class StatsFileError(ValueError):
    """A file does not contain statistics that can be used; the message says what was found."""


def write(path: str | os.PathLike[str], layout: Layout, state: dict[str, npt.NDArray[Any]]) -> None:
    """Write ``state`` under ``layout`` to ``path``, all or nothing."""
    header = json.dumps({"format": FORMAT, "schema": SCHEMA, "layout": layout_text(layout)})
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, header=np.frombuffer(header.encode(), dtype=np.uint8), **state)
    write_atomically(path, buffer.getvalue())


def read(path: str | os.PathLike[str]) -> tuple[Layout, dict[str, npt.NDArray[Any]]]:
    """The layout and the state in ``path``.

    Raises:
        StatsFileError: the file is cut off, damaged, of another kind or of a newer schema.
        FileNotFoundError: there is no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:  # reading a member compares its checksum
            members = {info.filename.removesuffix(".npy"): archive.read(info) for info in archive.infolist()}
        arrays = {name: np.load(io.BytesIO(raw), allow_pickle=False) for name, raw in members.items()}
        header = json.loads(arrays.pop("header").tobytes())
    except FileNotFoundError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and json each raise their own kinds on damage
        raise StatsFileError(
            f"expected statistics written by save(), but {str(path)!r} is cut off, damaged or another kind "
            "of file "
            f"({type(error).__name__}: {error}): use an earlier copy, or collect the statistics again"
        ) from error
    return _checked(path, header), arrays


def _checked(path: str | os.PathLike[str], header: Any) -> Layout:
    found = header.get("format") if isinstance(header, dict) else None
    if found != FORMAT:
        raise StatsFileError(f"expected a file of format {FORMAT!r}, but {str(path)!r} says {found!r}")
    if header.get("schema") not in READS:
        raise StatsFileError(
            f"expected schema {SCHEMA} or an earlier one, but {str(path)!r} has schema "
            f"{header.get('schema')!r}: "
            "it was written by another version of rlprobe; load it with that version"
        )
    return layout_from(header["layout"])


def layout_text(layout: Layout) -> str:
    """``layout`` as JSON text."""
    return json.dumps(asdict(layout))


def layout_from(text: str) -> Layout:
    """The layout that ``layout_text`` wrote."""
    raw = json.loads(text)
    leaves = tuple(Leaf(**{key: _tuples(value) for key, value in leaf.items()}) for leaf in raw["leaves"])
    return Layout(leaves, _tuples(raw["skeleton"]), raw["quantity"])


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def state_arrays(state: State, shape: tuple[int, ...]) -> dict[str, npt.NDArray[Any]]:
    """``state`` as named arrays; the statistics have that ``shape``."""
    parts = {"centre": state.centre, "sum": state.sums[0], "squares": state.sums[1]}
    if state.counts is not None:
        parts["counts"] = state.counts
    count: dict[str, npt.NDArray[Any]] = {"count": np.array(state.n, dtype=np.int64)}
    return count | {name: part.reshape(shape).copy() for name, part in parts.items()}


def state_from(arrays: Mapping[str, npt.ArrayLike], shape: tuple[int, ...]) -> State:
    """The state that ``state_arrays`` returned, in this schema or in the first (``offset``, ``m2``)."""
    first, second = ("offset", "m2") if "m2" in arrays else ("sum", "squares")
    loaded = {}
    for name in ("centre", first, second, *(["counts"] if "counts" in arrays else [])):
        part = np.array(arrays[name], dtype=np.float64)
        if part.shape != shape or not np.isfinite(part).all():
            raise ValueError(f"expected {name!r} finite and of shape {shape}, got shape {part.shape}")
        loaded[name] = part.reshape(-1)
    n, counts, centre = int(np.asarray(arrays["count"])), loaded.get("counts"), loaded["centre"]
    if n < 0 or loaded[second].min() < 0 or (counts is not None and counts.min() < 0):
        raise ValueError("expected counts and sums of squares of 0 or more, got negative ones")
    found = State(n, counts, centre, np.stack([loaded[first], loaded[second]]))
    if second == "squares":
        return found
    mean = centre + loaded["offset"]
    rest = (centre - mean) + loaded["offset"]  # the digits that the mean has beyond a float
    return State(n, counts, mean, np.stack([found.each() * rest, loaded["m2"]]))
