"""The names of a script, read from the stack frames that called ``env.step``."""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import in_lower_case

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from numpy.typing import NDArray

OURS = ("rlprobe.", "probe_envs.", "gymnasium.")
LIBRARIES = ("builtins", "numpy", "torch", "gymnasium", "collections", "stable_baselines3", "rlprobe")
DEPTH = 2
MOST_PARTS = 400
MOST_LISTED = 8
"""Entries of a list that are looked into, such as two critics."""
NOT_OPENED = (str, bytes, int, float, complex, bool, type(None), np.ndarray, type(sys))


def script_frames() -> list[FrameType]:
    """The frames of the script and its libraries, the innermost first, without ours and Gymnasium's."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - there is no other way to the callers
    found = []
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(OURS) and name != "rlprobe":
            found.append(frame)
        if name == "__main__" and frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back
    return found


def namespace(frames: list[FrameType]) -> dict[str, Any]:
    """Every name of the script: its globals, then the locals of its frames, the innermost last."""
    names: dict[str, Any] = dict(vars(sys.modules["__main__"]))
    for frame in reversed(frames):
        names |= frame.f_locals
        if "self" in frame.f_locals:  # that of an inner frame hides it
            owner = frame.f_locals["self"]
            names.setdefault(type(owner).__name__.lower(), owner)
    return names


def named_things(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the names stand for, and the attributes of that, two levels deep: ``("agent.critic", ...)``."""
    waiting = [(name, thing, DEPTH) for name, thing in names.items() if not name.startswith("__")]
    seen: set[int] = set()
    count = 0
    while waiting and count < MOST_PARTS:
        name, thing, left = waiting.pop(0)
        if id(thing) in seen and not isinstance(thing, (int, float)):
            continue
        seen.add(id(thing))
        count += 1
        yield name, thing
        if left and not isinstance(thing, (*NOT_OPENED, type, FunctionType, MethodType, BuiltinFunctionType)):
            waiting += [
                (f"{name}{part}" if part.startswith("[") else f"{name}.{part}", value, left - 1)
                for part, value in _parts(thing)
            ]


def _parts(thing: Any) -> list[tuple[str, Any]]:
    """Attributes and entries, without those of environments, modules and the library's own insides."""
    if isinstance(thing, dict):
        return [(key, value) for key, value in list(thing.items())[:50] if isinstance(key, str)]
    if isinstance(thing, (list, tuple)):
        own = [(f"[{i}]", one) for i, one in enumerate(thing[:MOST_LISTED])]
        return [(key, one) for key, one in own if hasattr(one, "__dict__")]
    if type(thing).__module__.startswith(("gymnasium", "rlprobe", "probe_envs", "torch.utils", "logging")):
        return []
    found = {**_of_class(type(thing)), **getattr(thing, "__dict__", {})}
    found |= found.get("_modules") or {}
    return [(key, value) for key, value in list(found.items())[:80] if not key.startswith("_")]


def _of_class(kind: type) -> dict[str, Any]:
    """The numbers that a class of the script gives to all of its objects."""
    if kind.__module__.startswith(LIBRARIES):
        return {}
    return {key: value for key, value in vars(kind).items() if isinstance(value, (int, float))}


def number_named(names: Mapping[str, Any], wanted: re.Pattern[str]) -> tuple[str, float] | None:
    """The first number that is called as ``wanted`` says, with the name that leads to it."""
    for name, thing in named_things(names):
        if wanted.fullmatch(in_lower_case(name.rpartition(".")[2])):
            number = as_number(thing)
            if number is not None:
                return name, number
    return None


def as_number(thing: Any) -> float | None:
    """A single number, out of a number, an array or a tensor; None if it is none."""
    if isinstance(thing, bool) or callable(thing) or isinstance(thing, (str, bytes)):
        return None
    array = as_array(thing)
    if array is None or array.size != 1 or array.dtype.kind not in "fiu":
        return None
    return float(array.reshape(-1)[0])


def as_array(thing: Any) -> NDArray[Any] | None:
    """An array, a tensor or a list of numbers as an array; None if it is none, as a list of tensors is."""
    try:
        return np.asarray(thing.detach().cpu() if hasattr(thing, "detach") else thing)
    except (TypeError, ValueError, RuntimeError):
        return None
