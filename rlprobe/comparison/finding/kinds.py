"""Which files are logs, by their names and their first bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.finding.settings import CONFIGURATIONS
from rlprobe.comparison.readers.evaluations import is_evaluations
from rlprobe.comparison.readers.mlflow import is_metric

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".npy", ".parquet")
OTHER_NAMES: Final = ("progress.txt", "progress.json", "result.json", "log.txt", "metrics.json")
BARE: Final = (".npy", ".npz", ".json", ".txt")
EVENTS: Final = "events.out.tfevents"
LONGEST_HEAD: Final = 65_536


def is_log(path: Path) -> bool:
    """Whether a file may be a log, by its name; no pipe or folder is, a link to nowhere is said later."""
    if not path.is_file() and not (path.is_symlink() and not path.exists()):
        return False
    name = path.name.lower()
    return (
        name.endswith(SUFFIXES)
        or name in OTHER_NAMES
        or EVENTS in name
        or (name.endswith((".npz", ".json", ".txt")) and _holds_numbers(path))
        or is_metric(path)
    )


def _holds_numbers(path: Path) -> bool:
    """Whether a file that may be anything holds numbers in a row: arrays, or lines and lists of them."""
    if path.name.lower() in {*CONFIGURATIONS, "requirements.txt"}:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(LONGEST_HEAD)
    except OSError:
        return False
    if path.suffix.lower() == ".npz":
        return head.startswith(b"PK") or "eval" in path.name.lower()
    text = head.decode("utf-8", errors="replace")
    if path.suffix.lower() == ".txt":
        return len(text.split(maxsplit=1)) > 1 and all(map(_is_row, text.splitlines()[:3]))
    return bool(re.search(r"\[\s*(?:\{|-?\d)|\{\s*\"0\"\s*:", text))


def _is_row(line: str) -> bool:
    """Whether a line is one number, or a step and a number."""
    words = line.replace(",", " ").split()
    return 1 <= len(words) <= 2 and all(
        re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", word, re.IGNORECASE) for word in words
    )


def without_bystanders(found: dict[Path, list[Path]]) -> dict[Path, list[Path]]:
    """Numbers without names are logs only where there is nothing else: sizes of layers are no returns."""
    bare = {
        path
        for files in found.values()
        for path in files
        if path.suffix.lower() in BARE and not _is_sure(path)
    }
    if all(path in bare for files in found.values() for path in files):
        return found
    kept = {home: [path for path in files if path not in bare] for home, files in found.items()}
    return {home: files for home, files in kept.items() if files}


def _is_sure(path: Path) -> bool:
    return path.name.lower() in OTHER_NAMES or is_evaluations(path)
