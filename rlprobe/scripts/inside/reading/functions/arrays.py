"""What the functions of a script are given and return, as arrays of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NUMBERS, MOST_PARTS = 200_000, 6


def answers_in(result: Any) -> list[NDArray[np.float64]]:
    """A result as an array, or each array of several, as in ``return values, hidden``."""
    whole = as_array(result)
    if whole is not None:
        return [whole]
    parts = result if isinstance(result, (tuple, list)) and len(result) <= MOST_PARTS else ()
    return [array for one in parts if (array := as_array(one)) is not None]


def holds_weights(value: Any) -> bool:
    """Whether an argument may be the weights of a network, as in ``forward(net, x)``."""
    if isinstance(value, dict):
        value = list(value.values())
    elif not isinstance(value, (list, tuple)):
        value = list(getattr(value, "__dict__", {}).values())
    return any(isinstance(one, np.ndarray) for one in value)


def as_array(value: Any) -> NDArray[np.float64] | None:
    """A value as an array of numbers; None if it is none."""
    if isinstance(value, (bool, str, bytes)) or value is None:
        return None
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.dtype.kind in "fiu" and value.size < MOST_NUMBERS else None
    if isinstance(value, (int, float, np.integer, np.floating)):
        return np.array([float(value)])
    if (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(v, (int, float, np.number)) for v in value)
    ):
        return np.array(value, dtype=np.float64)
    return None


def key_of(array: NDArray[Any]) -> bytes:
    """What tells one observation from another."""
    return np.asarray(array, dtype=np.float32).ravel().tobytes()


def is_action(value: Any, actions: int | None) -> bool:
    """Whether an argument may be a discrete action."""
    plain = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return plain and actions is not None and 0 <= int(value) < actions
