"""Tables measured before, by environment, arguments and versions."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from rlprobe.baselines.table import Facts, Missing, Row, Table
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = ("gymnasium-rlprobe", "gymnasium", "numpy", "torch", "stable-baselines3")


def place(question: Mapping[str, Any], *targets: str | None) -> Path:
    """The file of the table that answers ``question``, in ``XDG_CACHE_HOME`` or ``~/.cache``.

    Args:
        question: environment, arguments and settings, as JSON values.
        targets: ``module:name``, ``file.py:name`` or ids, whose source code counts as well.
    """
    known = {package: _version(package) for package in PACKAGES}
    asked = [question, known, [_source(target) for target in targets]]
    name = hashlib.sha256(json.dumps(asked, sort_keys=True, default=repr).encode()).hexdigest()[:32]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "rlprobe" / "baselines" / f"{name}.json"


def read(path: Path) -> Table | None:
    """The table in ``path``; None if there is none that can be read."""
    try:
        said = json.loads(path.read_text("utf-8"))
        rows = tuple(
            Row(
                **{key: one[key] for key in ("name", "kind", "best", "steps", "seconds", "note")},
                returns=tuple(one["returns"]),
                curves=tuple(tuple((int(s), float(r)) for s, r in curve) for curve in one["curves"]),
            )
            for one in said["rows"]
        )
        table = Table(
            **{key: said[key] for key in ("env", "threshold", "verdict", "seconds", "settings")},
            rows=rows,
            missing=tuple(Missing(**one) for one in said["missing"]),
            facts=Facts(**said["random_play"] | {"returns": tuple(said["random_play"]["returns"])}),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return replace(table, cached=True)


def write(path: Path, table: Table) -> None:
    """Keep ``table``, where the folder can be written to."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(table.as_json()).encode())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _source(target: str | None) -> str:
    """A digest of the file that ``target`` lies in; empty where it is not known."""
    if not target:
        return ""
    module, _, _ = target.rpartition(":")
    if target in gym.registry and isinstance(gym.registry[target].entry_point, str):
        module = str(gym.registry[target].entry_point).partition(":")[0]
    with suppress(OSError, ValueError, ImportError):
        if module.endswith(".py"):
            return hashlib.sha256(Path(module).read_bytes()).hexdigest()
        spec = importlib.util.find_spec(module) if module else None
        if spec is not None and spec.origin:
            return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
    return ""
