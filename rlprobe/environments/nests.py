"""Entries of single environments in batched observations and infos: read, copy and replace them."""

from __future__ import annotations

import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    import numpy.typing as npt


def is_tensor(value: Any) -> bool:
    """Whether ``value`` is a torch tensor."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def holds_tensors(nested: Any) -> bool:
    """Whether an array of the nest ``nested`` is a torch tensor.

    >>> holds_tensors({"a": (np.zeros(2),)})
    False
    """
    if isinstance(nested, dict):
        return any(map(holds_tensors, nested.values()))
    if isinstance(nested, (tuple, list)):
        return any(map(holds_tensors, nested))
    return is_tensor(nested)


def flags(values: Any) -> npt.NDArray[np.bool_]:
    """``values``, one per environment, as a NumPy array of booleans on the host."""
    return np.asarray(values.detach().cpu() if is_tensor(values) else values).astype(np.bool_)


def beside(values: Any, data: Any) -> Any:
    """The NumPy array ``values`` as a tensor on the device of ``data``; as it is if ``data`` is no tensor."""
    if not is_tensor(data) or is_tensor(values):
        return values
    return sys.modules["torch"].as_tensor(values, device=data.device)


def maximum(a: Any, b: Any) -> Any:
    """The elementwise maximum of two arrays or two tensors."""
    return sys.modules["torch"].maximum(a, b) if is_tensor(a) else np.maximum(a, np.asarray(b))


def is_array_nest(space: spaces.Space[Any]) -> bool:
    """Whether batches of ``space`` consist of arrays only."""
    if isinstance(space, spaces.Dict):
        return all(map(is_array_nest, space.spaces.values()))
    if isinstance(space, spaces.Tuple):
        return all(map(is_array_nest, space.spaces))
    return isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary))


def copied(batch: Any) -> Any:
    """A copy of a nest of arrays."""
    if isinstance(batch, dict):
        return {key: copied(item) for key, item in batch.items()}
    if isinstance(batch, tuple):
        return tuple(map(copied, batch))
    return batch.clone() if is_tensor(batch) else np.array(batch)


def kept(value: Any) -> Any:
    """A deep copy of ``value``: later changes of its arrays do not affect it.

    >>> buffer = {"a": (np.zeros(1),)}
    >>> before = kept(buffer)
    >>> buffer["a"][0][:] = 7
    >>> before["a"][0].tolist()
    [0.0]
    """
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.copy()
    if type(value) is dict:
        return {key: kept(item) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(map(kept, value))
    return deepcopy(value)


def take_rows(target: Any, source: Any, rows: npt.NDArray[np.bool_]) -> None:
    """Write ``rows`` of ``source`` into ``target``, both nests of arrays."""
    if isinstance(target, dict):
        for key, part in target.items():
            take_rows(part, source[key], rows)
    elif isinstance(target, tuple):
        for mine, theirs in zip(target, source, strict=True):
            take_rows(mine, theirs, rows)
    else:
        chosen = beside(rows, target)
        target[chosen] = source[chosen]


def rows_differ(a: Any, b: Any, rows: npt.NDArray[np.bool_]) -> bool:
    """Whether any of ``rows`` is different in the nests ``a`` and ``b``."""
    if isinstance(a, dict):
        return any(rows_differ(a[key], b[key], rows) for key in a)
    if isinstance(a, tuple):
        return any(rows_differ(x, y, rows) for x, y in zip(a, b, strict=True))
    if is_tensor(a):
        other = (a != b) & ~((a != a) & (b != b))  # noqa: PLR0124 (true for NaN)
        return bool(other[beside(rows, a)].any())
    return not np.array_equal(a[rows], b[rows], equal_nan=a.dtype.kind == "f")


def one_row(batch: Any, index: int) -> Any:
    """Environment ``index`` of ``batch``, which may be an array of objects, or a nest of arrays."""
    if isinstance(batch, dict):
        return {key: one_row(item, index) for key, item in batch.items()}
    if isinstance(batch, tuple):
        return tuple(one_row(item, index) for item in batch)
    return batch[index]


def batch_of_one(observation: Any) -> Any:
    """One observation as a batch.

    >>> batch_of_one((np.zeros(2), 1))
    (array([[0., 0.]]), array([1]))
    """
    if isinstance(observation, dict):
        return {key: batch_of_one(part) for key, part in observation.items()}
    if isinstance(observation, tuple):
        return tuple(map(batch_of_one, observation))
    return observation[None] if hasattr(observation, "shape") else np.asarray(observation)[None]


def batched_rows(like: Any, rows: npt.NDArray[Any]) -> Any:
    """A nest of tensors as ``like`` from ``rows``, one nest or None for each environment (0 for None)."""
    if isinstance(like, dict):
        return {k: batched_rows(v, _each(rows, k)) for k, v in like.items()}
    if isinstance(like, tuple):
        return tuple(batched_rows(v, _each(rows, k)) for k, v in enumerate(like))
    out = like.new_zeros(like.shape)
    for i, row in enumerate(rows):
        if row is not None:
            out[i] = row
    return out


def _each(rows: npt.NDArray[Any], key: Any) -> npt.NDArray[Any]:
    out = np.full(len(rows), None, dtype=object)
    for i, row in enumerate(rows):
        out[i] = None if row is None else row[key]
    return out


def take_infos(target: dict[str, Any], source: dict[str, Any], rows: npt.NDArray[np.bool_]) -> None:
    """Make the infos of ``rows`` those of ``source``: values where it has them, else marked as missing."""
    for key in [key for key in target if key.startswith("_") and key not in source]:
        target[key] = target[key] & beside(~rows, target[key])
    for key, value in source.items():
        if isinstance(value, dict):
            take_infos(target.setdefault(key, {}), value, rows)
        elif is_tensor(value) and value.shape[:1] == rows.shape:
            mine = target[key].clone() if is_tensor(target.get(key)) else value.new_zeros(value.shape)
            take_rows(mine, value, rows)
            target[key] = mine
        elif isinstance(value, np.ndarray) and value.shape[:1] == rows.shape:
            mine = np.array(target[key]) if key in target else np.zeros_like(value)
            if mine.dtype != value.dtype or mine.shape != value.shape:
                mine = mine.astype(object)
            mine[rows] = value[rows]
            target[key] = mine
