"""A played game as one ``.npz`` file of plain arrays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from rlprobe.player.game import Played


def save_trajectory(path: str | os.PathLike[str], episodes: Sequence[Played], environment: str) -> None:
    """Write the episodes as ``.npz``, without pickle.

    ``actions``, ``rewards``, ``terminated``, ``truncated`` and ``episode`` have one entry per decision.
    ``observations`` and ``observation_episode`` have one more per episode: the final observation.
    Each leaf of nested observations and actions is an array of its own, such as ``observations.camera``.

    Raises:
        ValueError: the name does not end in .npz.
        OSError: it cannot be written.
    """
    if not str(path).endswith(".npz"):
        raise ValueError(f"expected a file name ending in .npz, got {str(path)!r}")
    arrays: dict[str, Any] = {
        "environment": np.array(environment),
        "seeds": np.array([e.seed for e in episodes]),
        "rewards": np.array([r for e in episodes for r in e.rewards]),
        "terminated": _last(episodes, [e.terminated for e in episodes]),
        "truncated": _last(episodes, [e.truncated for e in episodes]),
        "episode": np.repeat(np.arange(len(episodes)), [len(e.actions) for e in episodes]),
        "observation_episode": np.repeat(np.arange(len(episodes)), [len(e.observations) for e in episodes]),
    }
    arrays |= _columns("observations", [o for e in episodes for o in e.observations])
    arrays |= _columns("actions", [a for e in episodes for a in e.actions])
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    write_atomically(path, file.getvalue())


def _last(episodes: Sequence[Played], flags: list[bool]) -> Any:
    """One flag per decision, set only at the last one of an episode."""
    rows = [
        [False] * (len(e.actions) - 1) + [flag] for e, flag in zip(episodes, flags, strict=True) if e.actions
    ]
    return np.array([flag for row in rows for flag in row], bool)


def _columns(name: str, values: list[Any]) -> dict[str, Any]:
    """Values of one structure as arrays; other objects become their ``repr``."""
    if values and isinstance(values[0], dict):
        return {
            k: v for key in values[0] for k, v in _columns(f"{name}.{key}", [x[key] for x in values]).items()
        }
    if values and isinstance(values[0], tuple):
        parts = [_columns(f"{name}.{i}", [x[i] for x in values]) for i in range(len(values[0]))]
        return {k: v for part in parts for k, v in part.items()}
    if values and not isinstance(values[0], np.ndarray | np.generic | int | float | bool):
        values = [repr(x) for x in values]
    return {name: np.array(values)}
