"""``evaluations.npz`` of Stable-Baselines3's ``EvalCallback``; pickled content is never loaded."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.comparison.log import Log, LogError, Series

if TYPE_CHECKING:
    from pathlib import Path


def is_evaluations(path: Path) -> bool:
    """Whether a file is called as ``EvalCallback`` calls it, or holds its arrays."""
    if path.suffix == ".npz" and "eval" in path.name.lower():
        return True
    try:
        with zipfile.ZipFile(path) as stored:
            return {"timesteps.npy", "results.npy"} <= set(stored.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def read_evaluations(path: Path) -> Log:
    """Mean return and length of the evaluation episodes at each evaluation.

    Raises:
        LogError: the file is damaged, or is not of ``EvalCallback``.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            names = stored.files
            arrays = {name: stored[name] for name in ("timesteps", "results", "ep_lengths") if name in names}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise LogError(f"the file is damaged or contains pickled objects ({error})") from error
    if not {"timesteps", "results"} <= set(arrays):
        found = ", ".join(names) or "nothing"
        raise LogError(f"expected the arrays timesteps and results of EvalCallback, found {found}")
    try:
        steps = arrays["timesteps"].astype(float).reshape(-1)
        series = {
            f"evaluations/{name}": Series.of(
                steps, arrays[key].astype(float).reshape(len(steps), -1).mean(axis=1)
            )
            for name, key in (("return", "results"), ("length", "ep_lengths"))
            if key in arrays
        }
    except (ValueError, TypeError) as error:
        raise LogError(f"expected one row of results an evaluation ({error})") from error
    if not len(steps):
        raise LogError("the file contains no evaluation")
    return Log(path, "evaluations", series)
