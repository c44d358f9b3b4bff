"""Values of a table of keys as actions of a space."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces


def to_action(space: spaces.Space[Any], value: Any, key: str) -> Any:
    """A JSON value, or an action as Gymnasium's ``play`` takes it, as an action of ``space``.

    Raises:
        ValueError: it lies outside the space.
    """
    try:
        action = _shaped(space, value)
        inside = bool(space.contains(action))
    except (TypeError, ValueError, KeyError, IndexError):
        inside = False
    if not inside:
        raise ValueError(f"the action {value!r} of key {key!r} lies outside {space}")
    return action


def _shaped(space: spaces.Space[Any], value: Any) -> Any:
    if isinstance(space, spaces.Dict):
        return {name: _shaped(part, value[name]) for name, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_shaped(part, value[i]) for i, part in enumerate(space.spaces))
    if isinstance(space, spaces.Discrete):
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "iu":
            return int(value.reshape(-1)[0])
        return int(value) if whole else None
    return np.array(value, space.dtype)
