"""Functions written in JAX: compiled once for each shape, because they are slow otherwise."""

from __future__ import annotations

import inspect
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rlprobe.checks.case import Case

MOST_SHAPES, MOST_CASES = 3, 60
"""How many shapes, and cases in all, a function in JAX is checked on."""
MODULES = frozenset({"jax", "rlax", "chex", "distrax", "optax", "haiku", "flax"})
_NOT_COMPILED: set[Any] = set()


def in_jax(function: Any) -> bool:
    """Whether a function's module works with JAX."""
    if "jax" not in sys.modules:
        return False
    inner = inspect.unwrap(getattr(function, "__func__", function))
    space = getattr(inner, "__globals__", {})
    used = [space.get(name) for name in getattr(getattr(inner, "__code__", None), "co_names", ())]
    names = [getattr(inner, "__module__", "") or "", *(getattr(one, "__name__", "") for one in used)]
    return any(str(name).partition(".")[0] in MODULES for name in names)


def fewer(cases: Iterable[Case]) -> list[Case]:
    """Cases of a few shapes only: each new shape is compiled anew."""
    shapes: dict[tuple[tuple[str, int], ...], None] = {}
    kept = []
    for case in cases:
        shape = tuple(case.sizes.items())
        if shape in shapes or len(shapes) < MOST_SHAPES:
            shapes[shape] = None
            kept.append(case)
    return kept[:MOST_CASES]


@lru_cache(maxsize=64)
def _compiled(function: Callable[..., Any], fixed: tuple[str, ...]) -> Callable[..., Any]:
    jax: Any = sys.modules["jax"]
    made: Callable[..., Any] = jax.jit(function, static_argnames=fixed)
    return made


def call(function: Callable[..., Any], positional: list[Any], named: dict[str, Any]) -> Any:
    """Call a function, compiled if it is one of JAX and can be compiled."""
    if not in_jax(function) or function in _NOT_COMPILED:
        return function(*positional, **named)
    fixed = tuple(sorted(name for name, value in named.items() if isinstance(value, (int, str, bool))))
    try:
        return _compiled(function, fixed)(*positional, **named)
    except Exception:  # noqa: BLE001 - whatever it is, the function itself has the last word
        result = function(*positional, **named)
        _NOT_COMPILED.add(function)
        return result
