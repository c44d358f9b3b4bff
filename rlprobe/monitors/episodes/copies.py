"""Copies of observations and actions, whatever they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

SMALL = 4_096
"""Numbers up to which an observation is kept often."""


def as_array(value: Any) -> Any:
    """An array of what may be a tensor, a list or a number; not copied if it need not be."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def copied(value: Any, row: int | None = None) -> Any:
    """A copy of an observation or action, of one row only if ``row`` is given.

    >>> copied({"a": np.arange(4)}, 1)
    {'a': array(1)}
    """
    if type(value) is np.ndarray:
        return value.copy() if row is None else np.array(value[row])
    if isinstance(value, dict):
        return {key: copied(part, row) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(copied(part, row) for part in value)
    array = as_array(value)
    return np.array(array if row is None else array[row])


def size_of(value: Any) -> int:
    """How many numbers it holds."""
    if isinstance(value, dict):
        return sum(size_of(part) for part in value.values())
    if isinstance(value, tuple):
        return sum(size_of(part) for part in value)
    return int(np.size(value)) if not hasattr(value, "numel") else int(value.numel())
