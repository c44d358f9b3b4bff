"""The tensors that networks are given and return, as rows of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.stage import Stage

MOST_ROWS = 4_096
SAME_WITHIN = 1e-5


def observed_rows(stage: Stage) -> Sequence[Any]:
    """The observations as networks get them: those that are numbers as one-hot vectors."""
    space = stage.observation_space
    if not isinstance(space, spaces.Discrete):
        return stage.looks
    return [np.eye(int(space.n), dtype=np.float32)[int(look) - int(space.start)] for look in stage.looks]


def address(tensor: Any) -> int:
    """Where its numbers lie in memory; 0 if it has none."""
    return int(tensor.data_ptr()) if tensor.numel() else 0


def tensors(
    result: Any, kind: type, path: tuple[int | str, ...] = ()
) -> list[tuple[tuple[int | str, ...], Any]]:
    """Every tensor in what a network returned, with its place."""
    if isinstance(result, kind):
        return [(path, result)]
    if isinstance(result, dict):
        parts: Any = result.items()
    elif isinstance(result, (list, tuple)):
        parts = enumerate(result)
    else:
        return []
    return [one for key, part in parts for one in tensors(part, kind, (*path, key))]


def input_rows(tensor: Any, width: int) -> NDArray[np.float32] | None:
    """The input of a network as rows at least ``width`` wide; None if it is not made of such rows."""
    if not width or tensor.is_complex() or not tensor.numel():
        return None
    if tensor.ndim == 1:
        shape = (1, tensor.numel())
    else:
        shape = (tensor.shape[0], tensor.numel() // tensor.shape[0])
        if shape[1] < width and tensor.numel() == width:
            shape = (1, width)
        if tensor.ndim > 2 and tensor.shape[-1] == width:
            shape = (tensor.numel() // width, width)
    if shape[1] < width or shape[0] > MOST_ROWS:
        return None
    found: NDArray[np.float32] = tensor.detach().to("cpu").float().reshape(shape).numpy()
    return found


def indexed(tensor: Any, stage: Stage) -> NDArray[np.int64] | None:
    """``(B,)``: which observations the numbers in a tensor stand for, where they are numbers; -1 for none.

    They are those of an embedding, or a column of floats. None for other tensors.
    """
    if not isinstance(stage.observation_space, spaces.Discrete) or not 0 < tensor.numel() <= MOST_ROWS:
        return None
    column = tensor.shape[-1:] == (1,)
    if tensor.is_complex() or "bool" in str(tensor.dtype) or (tensor.is_floating_point() and not column):
        return None
    numbers = {float(look): number for number, look in enumerate(stage.looks)}
    return np.array([numbers.get(float(one), -1) for one in tensor.detach().to("cpu").reshape(-1).tolist()])


def matched(rows: NDArray[np.float32], looks: NDArray[np.float32]) -> NDArray[np.int64]:
    """``(B,)``: which of ``looks`` each row is, also as a share of 255; -1 for none."""
    for scale in (1.0, 1 / 255):
        same = np.asarray((np.abs(rows[:, None, :] - scale * looks[None]) <= SAME_WITHIN).all(axis=2))
        found = np.where(same.any(axis=1), same.argmax(axis=1), -1)
        if (found >= 0).any():
            return found
    return np.full(len(rows), -1)
