"""What an agent believes at every point of the plane: values, action probabilities, greedy actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.maps.world.world import World

    Floats = npt.NDArray[np.float64]
    Reads = Callable[[npt.NDArray[Any]], Any]


class RecorderError(ValueError):
    """What ``value`` or ``policy`` returned cannot be drawn; says what was expected."""


def read(reads: Reads | None, world: World, name: str) -> Any:
    """Values or action probabilities at every point of the plane; None without ``reads``.

    Raises:
        RecorderError: another shape, or a number that is not finite.
    """
    if reads is None:
        return None
    seen = world.observations
    found = reads(seen)
    array = np.asarray(found.detach().cpu() if hasattr(found, "detach") else found, np.float64)
    size = world.plane.size
    if name == "value" and array.shape == (size, 1):
        array = array[:, 0]
    expected = (size,) if name == "value" else (size, len(world.actions) or array.shape[-1])
    if array.shape != expected:
        raise RecorderError(f"{name}(observations): expected shape {expected}, got {array.shape}")
    if not np.isfinite(array).all():
        raise RecorderError(
            f"{name}(observations): expected finite numbers, got {array[~np.isfinite(array)][0]}"
        )
    return array


def read_actions(policy: Reads | None, world: World) -> Any:
    """The greedy action at every point of the plane; None without a policy.

    Raises:
        RecorderError: another number of actions, or something that is no number.
    """
    if policy is None:
        return None
    seen = world.observations
    found = policy(seen)
    actions = np.asarray(found.detach().cpu() if hasattr(found, "detach") else found)
    size = world.plane.size
    if len(actions) != size or actions.dtype.kind not in "iufb":
        raise RecorderError(
            f"policy(observations): expected {size} actions, got {actions.dtype} of shape {actions.shape}"
        )
    return actions


def drawn(actions: Any, chances: Any) -> Floats | None:
    """The policy as one number for each point."""
    if actions is None:
        return None if chances is None else np.asarray(chances.argmax(axis=1), np.float64)
    return np.asarray(actions, np.float64).reshape(len(actions), -1)[:, 0]
