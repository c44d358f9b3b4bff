"""Log files below the arguments of the command, and which of them are one run."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.finding.kinds import EVENTS, OTHER_NAMES, is_log, without_bystanders
from rlprobe.comparison.readers.mlflow import is_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NEUTRAL: Final = re.compile(
    r"^(eval|evals|evaluation|evaluations|eval_logs?|logs?|tb|tb_logs?|tensorboard|train|training|test|csv|"
    r"results?|"
    r"monitors?|metrics|output|summaries|summary|version_\d+|checkpoints?|env|envs)$",
    re.IGNORECASE,
)
"""Folders that are a part of a run: what lies in them belongs to the folder above."""
PARTS: Final = re.compile(
    r"^(monitor|progress|eval\w*|evaluations?|train\w*|test\w*|loss\w*|logs?|metrics|history|run|"
    r"episodes?|returns?|"
    r"rewards?|results?|scores?|data|stats|params|timings?|lengths?)$",
    re.IGNORECASE,
)
"""Names of files that are a part of a run, with other files beside them."""
VERSION: Final = re.compile(r"^version_\d+$")
PROCESS: Final = re.compile(
    r"^(?:(?:env|rank|worker|proc|process|thread|actor|monitor|train)[-_]?)?\d+$", re.IGNORECASE
)
MOST_FILES: Final = 20_000
MOST_FOLDERS: Final = 20


@dataclass(frozen=True)
class Unit:
    """Files of one run.

    Args:
        home: the folder of the run, or its only file.
        files: its logs.
        top: the folder that the user named; names above it say nothing of the run.
    """

    home: Path
    files: tuple[Path, ...]
    top: Path


def matches(argument: str) -> list[Path]:
    """The folders and files that an argument names, which may be a pattern.

    Raises:
        FileNotFoundError: there is none.
    """
    path = Path(argument).expanduser()
    if path.exists():
        return [path]
    names = glob.glob(str(path), recursive=True)  # noqa: PTH207 - patterns may be absolute
    found = sorted(map(Path, names))
    if not found:
        why = (
            "no file or folder matches this pattern"
            if glob.has_magic(argument)
            else "there is no such file or folder"
        )
        raise FileNotFoundError(f"{argument}: {why}")
    return found


def units(argument: str) -> list[Unit]:
    """The runs below an argument."""
    found: dict[Path, list[Path]] = {}
    tops: dict[Path, Path] = {}
    fixed = _fixed(argument)
    for start in matches(argument):
        for folder, files in _folders(start):
            for home, together in _split(folder, files, start):
                found.setdefault(home, []).extend(together)
                tops.setdefault(home, fixed or start)
    found = without_bystanders(found)
    return [Unit(home, tuple(dict.fromkeys(files)), tops[home]) for home, files in sorted(found.items())]


def _fixed(argument: str) -> Path | None:
    """The folder in front of the first star of a pattern; nothing for a plain path."""
    path = Path(argument).expanduser()
    if path.exists() or not glob.has_magic(argument):
        return None
    while glob.has_magic(str(path)):
        path = path.parent
    return path


def _folders(start: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Folders with log files; links are followed, but no folder is read twice."""
    if start.is_file():
        yield start.parent, [start] if is_log(start) else []
        return
    seen: set[Path] = set()
    count = 0
    for folder, below, names in os.walk(start, followlinks=True):
        here = Path(folder)
        if here.resolve() in seen:
            below.clear()
            continue
        seen.add(here.resolve())
        below[:] = sorted(name for name in below if not name.startswith((".", "__")) and name != "wandb")
        files = [here / name for name in sorted(names) if not name.startswith(".") and is_log(here / name)]
        count += len(files)
        if count > MOST_FILES:
            raise OSError(f"{start}: more than {MOST_FILES} log files; name the folder of one experiment")
        if files:
            yield here, files


def _split(folder: Path, files: Sequence[Path], start: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Files of a folder by run: those that are its parts go together, the others are a run each."""
    parts = [path for path in files if _is_part(path)]
    alone = [path for path in files if path not in parts]
    if parts:
        yield (_home(folder, start), parts)
    by_run: dict[str, list[Path]] = {}
    for path in alone:
        by_run.setdefault(_stem(path), []).append(path)
    for together in by_run.values():
        yield (together[0], together)


def _is_part(path: Path) -> bool:
    if EVENTS in path.name or path.name.lower() in OTHER_NAMES or is_metric(path):
        return True
    return bool(PARTS.match(_stem(path))) or is_process(path)


def is_process(path: Path) -> bool:
    """Whether a file is, by its name and its first line, the monitor file of one of several processes."""
    if not PROCESS.match(_stem(path)):
        return False
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#{"
    except OSError:  # said when it is read
        return False


def _stem(path: Path) -> str:
    return re.sub(r"(\.monitor)?\.(csv|tsv|jsonl|ndjson|npz|npy|parquet|json|txt)$", "", path.name)


def _home(folder: Path, start: Path) -> Path:
    """The folder of the run that a folder with logs is a part of."""
    top = start if start.is_dir() else folder
    while folder != top and NEUTRAL.match(folder.name) and not _is_one_of_versions(folder):
        folder = folder.parent
    above = folder.parent
    if top not in {folder, above} and NEUTRAL.match(above.name) and _only_child(folder):
        return _home(above, start)
    return folder


def _is_one_of_versions(folder: Path) -> bool:
    """Whether a folder such as ``version_3`` has others beside it: each is a run of Lightning."""
    return (
        bool(VERSION.match(folder.name))
        and sum(bool(VERSION.match(p.name)) for p in folder.parent.iterdir()) > 1
    )


def _only_child(folder: Path) -> bool:
    """Whether a folder has no folder beside it, as the one that TensorBoard's writer makes in a run."""
    return sum(one.is_dir() for one in folder.parent.iterdir()) == 1


def names_of(unit: Unit) -> list[str]:
    """Names of the file and the folders of a run, innermost first, up to what the user named."""
    top = unit.top if unit.top.is_dir() else unit.top.parent
    names, path = [unit.home.name or unit.home.resolve().name], unit.home
    while path not in {top, path.parent}:
        path = path.parent
        names.append(path.name or path.resolve().name)
    return names


def own_folders(unit: Unit) -> Iterable[Path]:
    """Folders in which the configuration of this run alone may lie, nearest first."""
    if not unit.home.is_dir():
        return []
    inner = {path.parent for path in unit.files} - {unit.home}
    below = sorted(one for one in unit.home.iterdir() if one.is_dir())[:MOST_FOLDERS]
    return [unit.home, *sorted(inner), *(one for one in below if one not in inner)]


def shared_folders(unit: Unit) -> Iterable[Path]:
    """Folders above a run, up to what the user named: their configuration is that of all runs in them."""
    top = unit.top if unit.top.is_dir() else unit.top.parent
    found, path = [], unit.home
    while path not in {top, path.parent}:
        path = path.parent
        found.append(path)
    return found
