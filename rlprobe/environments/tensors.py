"""Torch tensors in place of arrays; torch is never imported here: without it nothing is a tensor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

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
