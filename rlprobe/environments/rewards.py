"""Rewards as numbers, whatever an environment returns instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def number(reward: Any) -> float:
    """``reward`` as a number; of an array that an environment returns instead, the first element.

    Raises:
        TypeError: it is neither a number nor an array of numbers.

    >>> number(np.array([2.0])), number(1)
    (2.0, 1.0)
    """
    if isinstance(reward, (int, float, np.floating, np.integer, np.bool_)):
        return float(reward)
    try:
        values = np.asarray(reward, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise TypeError(_expected(reward)) from error
    if not len(values) or reward is None:
        raise TypeError(_expected(reward))
    return float(values[0])


def _expected(reward: Any) -> str:
    return f"expected a number as reward, got {type(reward).__name__}: {reward!r}"


def numbers(rewards: list[Any]) -> npt.NDArray[np.float64]:
    """Many rewards at once; ``number`` of each.

    >>> numbers([1, np.array([2.0])]).tolist()
    [1.0, 2.0]
    """
    try:
        found = np.array(rewards, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.zeros(0)
    if found.shape == (len(rewards),) and None not in rewards:
        return found
    return np.array([number(reward) for reward in rewards])
