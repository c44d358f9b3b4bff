"""Spaces, observations and actions as JSON values, and back: exact to the last bit, without pickle."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from gymnasium import spaces


class ParcelError(ValueError):
    """A value or a space that cannot be sent; says which."""


def packed(value: Any) -> Any:
    """A number, text, array, tensor, or a nest of these, as JSON values.

    Raises:
        ParcelError: anything else.

    >>> unpacked(packed({"x": np.float32([1, 2]), "k": (3, "a")}))
    {'x': array([1., 2.], dtype=float32), 'k': (3, 'a')}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {"dict": [[str(key), packed(part)] for key, part in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [packed(part) for part in value]}
    if isinstance(value, list):
        return {"list": [packed(part) for part in value]}
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.dtype.kind not in "biufU":
        raise ParcelError(f"expected numbers, text or arrays, got {type(value).__name__}")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"array": [array.dtype.str, list(array.shape), data]}


def unpacked(value: Any) -> Any:
    """What ``packed`` was given; arrays without axes become NumPy numbers."""
    if not isinstance(value, dict):
        return value
    ((kind, parts),) = value.items()
    if kind == "dict":
        return {key: unpacked(part) for key, part in parts}
    if kind in {"tuple", "list"}:
        found = [unpacked(part) for part in parts]
        return tuple(found) if kind == "tuple" else found
    dtype, shape, data = parts
    return np.frombuffer(base64.b64decode(data), np.dtype(dtype)).reshape(shape).copy()[()]


def packed_info(info: Any) -> Any:
    """The entries of an info that can be sent; the others are left out."""
    found = {}
    for key, part in info.items() if isinstance(info, dict) else ():
        try:
            found[key] = packed_info(part) if isinstance(part, dict) else packed(part)
        except ParcelError:
            continue
    return packed({}) | {"dict": [[str(key), part] for key, part in found.items()]}


def packed_space(space: spaces.Space[Any]) -> dict[str, Any]:
    """A space as JSON values.

    Raises:
        ParcelError: a kind of space that is not known.

    >>> unpacked_space(packed_space(spaces.Tuple((spaces.Discrete(3, start=1), spaces.Box(-1, 1, (2,))))))
    Tuple(Discrete(3, start=1), Box(-1.0, 1.0, (2,), float32))
    """
    if isinstance(space, spaces.Box):
        return {"kind": "Box", "low": packed(space.low), "high": packed(space.high)}
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"kind": "MultiDiscrete", "nvec": packed(space.nvec), "start": packed(space.start)}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "n": packed(space.n)}
    if isinstance(space, spaces.Dict):
        return {"kind": "Dict", "parts": [[key, packed_space(part)] for key, part in space.spaces.items()]}
    if isinstance(space, spaces.Tuple):
        return {"kind": "Tuple", "parts": [packed_space(part) for part in space.spaces]}
    raise ParcelError(f"a script cannot be handed a space of kind {type(space).__name__}")


def unpacked_space(said: dict[str, Any]) -> spaces.Space[Any]:
    """The space that ``packed_space`` was given."""
    kind = said["kind"]
    if kind == "Box":
        low, high = np.asarray(unpacked(said["low"])), np.asarray(unpacked(said["high"]))
        return spaces.Box(low, high, low.shape, low.dtype.type)
    if kind == "Discrete":
        return spaces.Discrete(said["n"], start=said["start"])
    if kind == "MultiDiscrete":
        nvec = unpacked(said["nvec"])
        return spaces.MultiDiscrete(nvec, dtype=nvec.dtype.type, start=unpacked(said["start"]))
    if kind == "MultiBinary":
        return spaces.MultiBinary(unpacked(said["n"]))
    if kind == "Dict":
        return spaces.Dict({key: unpacked_space(part) for key, part in said["parts"]})
    return spaces.Tuple([unpacked_space(part) for part in said["parts"]])
