"""The folder in which a run of a script takes place, and what the script printed there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rlprobe.diagnosis.workers.forked import LEAVING
from rlprobe.scripts.inside.sources import own_files
from rlprobe.scripts.inside.surroundings import LAST_BYTES, OUTPUT, mirrored

if TYPE_CHECKING:
    from rlprobe.scripts.launch import Launch

LARGEST_INPUT = 20_000_000
MOST_INPUTS = 400
DEEPEST = 2
"""Folders below the script's whose files are copied, and that are there although they are empty."""
LEFT_OUT = {
    "runs",
    "wandb",
    "logs",
    "venv",
    "env",
    "site",
    "dist",
    "build",
    "node_modules",
    "mlruns",
    "videos",
    "__pycache__",
}


_HELD: set[str] = set()
"""The folders of this process that have not been removed yet."""


def new_folder() -> Path:
    """A new folder, which goes with this process at the latest."""
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="rlprobe-script-"))
    _HELD.add(scratch)
    return Path(scratch)


def remove(scratch: Path | str) -> None:
    """Remove the folder of a run."""
    shutil.rmtree(scratch, ignore_errors=True)
    _HELD.discard(str(scratch))


def _remove_all() -> None:
    for scratch in list(_HELD):
        remove(scratch)


LEAVING.append(_remove_all)


def scratch_for(launch: Launch) -> Path:
    """A new folder with copies of the small files that the script may read, at their whole paths.

    Those beside the script are also where it is started, as if it were started beside them.
    """
    scratch, start = new_folder(), Path(launch.start).resolve()
    for place in dict.fromkeys([start, *launch.roots, *(file.parent for file in own_files(launch))]):
        _copy_inputs(place, mirrored(scratch, place))
    if launch.path.parent != start:
        _copy_inputs(launch.path.parent, mirrored(scratch, start))
    (scratch / OUTPUT).touch()
    return scratch


def _copy_inputs(source: Path, scratch: Path) -> None:
    scratch.mkdir(parents=True, exist_ok=True)
    count = size = 0
    for root, folders, files in os.walk(source):
        here = Path(root)
        depth = len(here.relative_to(source).parts)
        if depth < DEEPEST:
            for folder in (f for f in folders if f[0] != "."):
                (scratch / here.relative_to(source) / folder).mkdir(parents=True, exist_ok=True)
        folders[:] = [f for f in folders if f[0] != "." and f not in LEFT_OUT and depth < DEEPEST]
        for file in sorted(files):
            path = here / file
            with contextlib.suppress(OSError):
                length = path.stat().st_size
                count, size = count + 1, size + length
                if count > MOST_INPUTS or size > LARGEST_INPUT or file[0] == ".":
                    return
                target = scratch / path.relative_to(source)
                if target.exists():
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def said(scratch: Path, lines: int = 12) -> str:
    """The last lines that a script printed."""
    try:
        with (scratch / OUTPUT).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LAST_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
