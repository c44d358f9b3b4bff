"""Reward, terminated, truncated and info of a step: check their types and convert them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class SignalError(TypeError):
    """A reward, flag or info of an invalid type."""


SCALARS = (int, float, np.floating, np.integer, np.bool_)


def number(reward: Any) -> float:
    """``reward`` as a number.

    An array of one element counts as that element, with a warning; Python's and NumPy's numbers, and tensors
    without axes, as they are.

    Raises:
        SignalError: something else: several rewards at once, text, None.

    >>> number(np.float32(2.0)), number(1)
    (2.0, 1.0)
    """
    if isinstance(reward, SCALARS):
        return float(reward)
    shape, values = _as_numbers(reward)
    if values is None or values.size != 1:
        raise SignalError(expected_reward(reward))
    if shape:
        warnings.warn(
            f"the reward is {type(reward).__name__} of shape {shape}, not a number: its one element is "
            "taken. Return float(reward[0]) from step",
            stacklevel=3,
        )
    return float(values.reshape(-1)[0])


def first_number(reward: Any) -> float:
    """``reward`` as a number; the first of several, so that a faulty environment can still be inspected.

    Raises:
        SignalError: there is no number in it.

    >>> first_number(np.array([2.0, 1.0]))
    2.0
    """
    if isinstance(reward, SCALARS):
        return float(reward)
    _, values = _as_numbers(reward)
    if values is None or not values.size:
        raise SignalError(expected_reward(reward))
    return float(values.reshape(-1)[0])


def _as_numbers(reward: Any) -> tuple[tuple[int, ...], npt.NDArray[np.float64] | None]:
    """Shape and values of an array-like of numbers; None for anything else."""
    if isinstance(reward, (str, bytes, dict, set)) or reward is None:
        return (), None
    try:
        array = np.asarray(reward.detach().cpu() if hasattr(reward, "detach") else reward)
        if array.dtype.kind not in "iufbO":
            return (), None
        return array.shape, array.astype(np.float64)
    except (TypeError, ValueError):
        return (), None


def expected_reward(reward: Any) -> str:
    """The sentence about a reward that is no number: what came, and what to do."""
    shape, values = _as_numbers(reward)
    if values is not None and values.size != 1:
        advice = (
            "several rewards at once are for algorithms of several objectives; for others return one number, "
            "for instance with gymnasium.wrappers.TransformReward(env, lambda r: float(r[0]))"
        )
        return f"expected a number as reward, got {type(reward).__name__} of shape {shape}: {advice}"
    return f"expected a number as reward, got {type(reward).__name__}: {_short(reward)}"


def flag(name: str, value: Any) -> bool:
    """``value`` of ``terminated`` or ``truncated`` as a bool.

    Raises:
        SignalError: it is neither a truth value nor an array of one.

    >>> flag("terminated", np.bool_(True)), flag("truncated", 0)
    (True, False)
    """
    if isinstance(value, (bool, int, float, np.bool_, np.number)):
        return bool(value)
    if getattr(value, "shape", None) is not None and np.prod(value.shape) == 1:
        return bool(value)
    shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else f": {_short(value)}"
    raise SignalError(f"expected {name} as True or False, got {type(value).__name__}{shape}")


def over(terminated: Any, truncated: Any) -> bool:
    """Whether an episode is over; flags of any type are converted.

    Raises:
        SignalError: one of them is neither a truth value nor an array of one.
    """
    ended, cut = flag("terminated", terminated), flag("truncated", truncated)
    return ended or cut


def check_info(info: Any) -> None:
    """Refuse an info that is no dict.

    Raises:
        SignalError: names what came.
    """
    if not isinstance(info, dict):
        telling(info)


def telling(info: Any, **ours: Any) -> dict[str, Any]:
    """A copy of ``info`` with ``ours`` under ``"rlprobe"``; an environment may reuse the dict it returned.

    Raises:
        SignalError: ``info`` is no dict.

    >>> telling({"a": 1}, frames=2)
    {'a': 1, 'rlprobe': {'frames': 2}}
    """
    try:
        return {**info, "rlprobe": {**info.get("rlprobe", {}), **ours}}
    except (TypeError, AttributeError):
        raise SignalError(
            f"expected info as a dict, got {type(info).__name__}: {_short(info)}. Return {{}} from reset and "
            "step where there is nothing to tell"
        ) from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def numbers(rewards: list[Any]) -> npt.NDArray[np.float64]:
    """Many rewards at once; ``first_number`` of each.

    >>> numbers([1, np.array([2.0])]).tolist()
    [1.0, 2.0]
    """
    try:
        found = np.array(rewards)
    except (TypeError, ValueError):
        found = np.zeros(0)
    if found.shape == (len(rewards),) and found.dtype.kind in "iufb":
        return found.astype(np.float64)
    return np.array([first_number(reward) for reward in rewards])


def unshaped(reward: Any, info: dict[str, Any]) -> float:
    """What the task itself pays, without shaping.

    >>> unshaped(3.0, {"rlprobe": {"unshaped_reward": 1.0}}), unshaped(3.0, {})
    (1.0, 3.0)
    """
    return float(info.get("rlprobe", {}).get("unshaped_reward", first_number(reward)))
