"""Arrays as people pass them, and results as they come back: kinds of arrays, and orders of their axes."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

KINDS = ("numpy", "torch", "list", "list of arrays", "list of tensors", "jax")
SAID_KINDS = {
    "numpy": "NumPy arrays",
    "torch": "torch tensors",
    "list": "lists",
    "list of arrays": "lists of NumPy arrays, one a step",
    "list of tensors": "lists of torch tensors, one a step",
    "jax": "JAX arrays",
}
LAYOUTS = ("TN", "NT", "T", "TN1", "NT1", "T1")
SAID_LAYOUTS = {
    "TN": "time first, (T, N)",
    "NT": "environment first, (N, T)",
    "T": "one environment, (T,)",
    "TN1": "time first, (T, N, 1)",
    "NT1": "environment first, (N, T, 1)",
    "T1": "one environment, (T, 1)",
    "B": "",
    "B1": "batches as columns, (B, 1)",
    "one": "one transition at a time",
}
ALONE = frozenset({"T", "T1"})
"""Layouts of a single environment."""


def laid_out(value: NDArray[Any], axes: str, layout: str) -> NDArray[Any]:
    """An array in another order of axes.

    >>> laid_out(np.zeros((5, 3)), "TN", "NT").shape, laid_out(np.zeros((5, 1)), "TN", "T").shape
    ((3, 5), (5,))
    """
    if "N" not in axes:
        return value[..., None] if layout == "B1" and axes == "B" else value
    if layout in ALONE:
        value = np.squeeze(value, axis=axes.index("N"))
    elif layout.startswith("NT") and len(axes) > 1:
        value = np.swapaxes(value, 0, 1)
    return value[..., None] if layout.endswith("1") and axes in {"TN", "SN", "N"} else value


def presented(value: Any, axes: str, *, kind: str, layout: str, flags: str) -> Any:
    """A value of a case as an argument of the given kind and layout."""
    if axes == "?":
        return _called(value, kind) if callable(value) else value
    array = np.asarray(value)
    if axes == "":
        return array.item() if array.ndim == 0 else array
    array = laid_out(array, axes, layout)
    if array.dtype == np.bool_ and flags == "numbers":
        array = array.astype(np.float64)
    if array.ndim == 0:
        return array.item() if kind != "torch" else _tensor(array)
    return _as_kind(array, kind, many=axes[0] in "TS" and not layout.startswith("NT"))


def _as_kind(array: NDArray[Any], kind: str, *, many: bool) -> Any:
    if kind == "torch":
        return _tensor(array)
    if kind == "jax":
        return importlib.import_module("jax.numpy").asarray(array)
    if kind == "list":
        return array.tolist()
    if kind.startswith("list of"):
        rows = list(array.copy()) if many else array.copy()
        if kind == "list of tensors":
            return [_tensor(np.asarray(row)) for row in rows] if many else _tensor(array)
        return rows
    return array.copy()


def _tensor(array: NDArray[Any]) -> Any:
    torch: Any = importlib.import_module("torch")
    plain = array.astype(np.float32) if array.dtype == np.float64 else array
    return torch.from_numpy(np.array(plain))


def _called(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """A function of arrays as a function of the given kind of arrays."""

    def network(*arguments: Any, **_: Any) -> Any:
        result = function(*(as_array(one) for one in arguments))
        return _as_kind(np.asarray(result), "torch" if kind == "list of tensors" else kind, many=False)

    return network


def available(kind: str) -> bool:
    """Whether arrays of a kind can be made without importing what the user does not use."""
    needed = {"torch": "torch", "list of tensors": "torch", "jax": "jax"}.get(kind)
    return needed is None or needed in sys.modules


def as_array(value: Any) -> NDArray[Any] | None:
    """A result as a NumPy array of numbers; None if it is none."""
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu().numpy()
        elif isinstance(value, (list, tuple)):
            parts = [as_array(one) for one in value]
            if any(part is None for part in parts):
                return None
            value = np.array(parts)
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):
        return None
    if array.dtype == object:
        return None
    return array if array.dtype.kind in "fiub" else None


def canonical(value: Any, axes: str, sizes: Mapping[str, int], layout: str) -> NDArray[np.float64] | None:
    """A result in the canonical order of axes; None if its shape is another."""
    array = as_array(value)
    if array is None:
        return None
    array = array.astype(np.float64)
    shape = tuple(sizes[letter] for letter in axes)
    if layout.startswith("NT") and axes[:2] in {"TN", "SN"} and array.ndim >= 2:
        if array.shape[:2] != (shape[1], shape[0]):
            return None
        array = np.swapaxes(array, 0, 1)
    if tuple(n for n in array.shape if n != 1) != tuple(n for n in shape if n != 1):
        return None
    return array.reshape(shape)
