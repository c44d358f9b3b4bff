"""Numbers that a function uses without taking them: of its module, closure, object or own lines."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

from rlprobe.checks.trial.names import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.family import Family, Role


def candidates(function: Callable[..., Any], role: Role, family: Family) -> list[float]:
    """The values that a number may have which a function does not take, the likeliest first."""
    named = [value for name, value in named_numbers(function) if role in matching(name, family)]
    if named:
        return list(dict.fromkeys(named))
    written = [value for value in literals(function) if 0 < value <= 1]
    return list(dict.fromkeys([*written, *role.usual]))


def named_numbers(function: Callable[..., Any]) -> Iterator[tuple[str, float]]:
    """Names and values of numbers in reach of a function."""
    owner = getattr(function, "__self__", None)
    for name in dir(owner) if owner is not None and not isinstance(owner, types.ModuleType) else ():
        if not name.startswith("__"):
            try:
                value = getattr(owner, name)
            except Exception:  # noqa: BLE001, S112 - a property of a stranger's object
                continue
            if _is_number(value):
                yield name, float(value)
    inner = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(inner, "__code__", None)
    if code is None:
        return
    reach = inspect.getclosurevars(inner) if inspect.isfunction(inner) else None
    for space in (reach.nonlocals, reach.globals) if reach else ():
        for name, value in space.items():
            if _is_number(value):
                yield name, float(value)
            elif not isinstance(value, (types.ModuleType, type)) and not callable(value):
                yield from _fields(value)


def _fields(value: Any) -> Iterator[tuple[str, float]]:
    """The numbers of an object of settings such as ``args`` or ``cfg``."""
    inner = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for name, one in inner.items():
        if isinstance(name, str) and _is_number(one):
            yield name, float(one)


def literals(function: Callable[..., Any]) -> list[float]:
    """The fractions that stand in a function's own lines."""
    return [value for value in written(function) if isinstance(value, float)]


def written(function: Callable[..., Any]) -> list[Any]:
    """All constants that stand in a function's own lines."""
    inner = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(inner, "__code__", None)
    return [] if code is None else list(_constants(code))


def _constants(code: types.CodeType) -> Iterator[Any]:
    for value in code.co_consts:
        yield value
        if isinstance(value, types.CodeType):
            yield from _constants(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
