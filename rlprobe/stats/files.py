"""Save statistics as an ``.npz`` archive of plain arrays with a JSON header, without pickle."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.output.files import write_atomically
from rlprobe.stats.layout import Layout

if TYPE_CHECKING:
    import os

SCHEMA: Final = 2
READS: Final = (1, SCHEMA)
"""Schemas that are read; 1 kept mean and squared deviations instead of sums."""
FORMAT: Final = "rlprobe statistics"


class StatsFileError(ValueError):
    """A file does not hold statistics that can be used; the message says what was found."""


def write(path: str | os.PathLike[str], layout: Layout, state: dict[str, npt.NDArray[Any]]) -> None:
    """Write ``state`` under ``layout`` to ``path``, all or nothing."""
    header = json.dumps({"format": FORMAT, "schema": SCHEMA, "layout": layout.to_json()})
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
    return Layout.from_json(header["layout"])
