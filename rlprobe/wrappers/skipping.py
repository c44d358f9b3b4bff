"""Arguments of a frame skip, and its effect on rates and on wrappers that count steps."""

from __future__ import annotations

import warnings
from typing import Any, Literal, TypeAlias

import numpy as np
from gymnasium import spaces

from rlprobe.environments.clock import clock_of, is_rate
from rlprobe.environments.layers import SKIP_OF, layers, own_skip

Skip: TypeAlias = "int | tuple[int, int]"
Pool: TypeAlias = Literal["last", "max", "max-all"]
POOLS = ("last", "max", "max-all")


def check_skip(skip: Any) -> Skip:
    """``skip`` as an int, or as a pair ``(low, high)``.

    Raises:
        TypeError: no integer.
        ValueError: below 1, or ``low`` above ``high``.
    """
    if isinstance(skip, (tuple, list)) and len(skip) == 2:
        low, high = (_whole(part, skip) for part in skip)
        if low > high:
            raise ValueError(f"expected skip=(low, high) with low <= high, got {skip!r}")
        return low, high
    return _whole(skip, skip)


def _whole(value: Any, skip: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"expected skip as an integer or a pair of integers (low, high), got {skip!r}")
    if value < 1:
        raise ValueError(f"expected a skip of 1 or more, got {skip!r}")
    return int(value)


def check_pool(pool: Any, space: spaces.Space[Any]) -> Pool:
    """``pool`` if it is known and possible with observations of ``space``.

    Raises:
        ValueError: unknown, or a maximum of something else than an array of numbers.
    """
    if pool not in POOLS:
        raise ValueError(f"expected pool to be one of {POOLS}, got {pool!r}")
    if pool != "last" and not isinstance(space, spaces.Box):
        raise ValueError(f"expected array observations (Box) for pool={pool!r}, got {space}: use pool='last'")
    checked: Pool = pool
    return checked


def skip_metadata(env: Any, skip: Skip) -> tuple[dict[str, Any], float | None]:
    """The metadata of ``env`` with ``render_fps`` divided by the (mean) skip, and actions per second.

    The second number is that of the environment's own time (see ``rlprobe.environments.clock``); None where
    nothing says.
    """
    ours = dict(env.metadata or {})
    mean = skip if isinstance(skip, int) else (skip[0] + skip[1]) / 2
    if is_rate(fps := ours.get("render_fps")):
        ours["render_fps"] = fps / mean
    hz = clock_of(env).hz
    return ours, None if hz is None else hz / mean


def warn_nesting(wrapper: Any, env: Any) -> None:
    """Warn where skips multiply or a time limit counts other steps than it seems to."""
    skip = wrapper.skip
    for layer in layers(env):
        name = type(layer).__name__
        if name in SKIP_OF:
            _warn_skip_in_skip(wrapper, layer, name)
            return
    built_in = getattr(getattr(env, "unwrapped", None), "_frameskip", 1)
    if built_in not in (1, (1, 1)):
        warnings.warn(
            f"{type(wrapper).__name__}: the environment itself repeats each action {built_in} times, so a "
            "skip of "
            f"{skip} makes {_times(skip, built_in)} frames: make it with frameskip=1 or leave this off",
            stacklevel=4,
        )


def _warn_skip_in_skip(wrapper: Any, layer: Any, name: str) -> None:
    inner = own_skip(layer)
    warnings.warn(
        f"{type(wrapper).__name__} around {name}: skips multiply, each action lasts "
        f"{_times(wrapper.skip, inner)} steps of the environment ({wrapper.skip} x {inner}). Use one of them",
        stacklevel=5,
    )


def _times(skip: Skip, inner: Any) -> str:
    if isinstance(skip, int) and isinstance(inner, int):
        return str(skip * inner)
    low, high = skip if isinstance(skip, tuple) else (skip, skip)
    first, last = inner if isinstance(inner, tuple) else (inner, inner)
    return f"{low * first} to {high * last}"
