"""Functions and wrappers of a script that turn an observation into a key of a table."""

from __future__ import annotations

import inspect
import re
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.scripts.inside.reading.frames import LIBRARIES, named_things

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CODE = re.compile(
    r"\w*(discreti[sz]e|digiti[sz]e|quanti[sz]e|encode|get_state|to_state|state_index|obs_to_state|bucket\w*)\w*"
    r"|_?(state|key|bins?)(_(key|index|of|id))?|_?(get|to|obs_to|observation_to)_(key|index|bins?)",
    re.IGNORECASE,
)

PART = re.compile(
    r"(?!create|make|init|build|update|plot|print)\w*(bin|bucket|cell|digit|discret)\w*", re.IGNORECASE
)
"""Names of functions that may do a part of that, before another function makes a key of it."""


def codes(names: Mapping[str, Any]) -> list[Callable[[Any], Any]]:
    """Functions of an observation whose names or classes suggest that they make a key of it.

    Args:
        names: the names of the script.
    """
    found: list[Callable[[Any], Any]] = []
    parts: list[Callable[[Any], Any]] = []
    for name, thing in named_things(names):
        if isinstance(thing, FunctionType) and PART.fullmatch(name) and not CODE.fullmatch(name):
            parts.append(_with_names(thing, names))
        if isinstance(thing, gym.Wrapper):
            if (chain := _observations(thing)) is not None:
                found.append(_guarded(chain))
            continue
        if callable(thing) and CODE.fullmatch(name.rpartition(".")[2]) and not isinstance(thing, type):
            found.append(_guarded(_with_names(thing, names)))
        if not type(thing).__module__.startswith(LIBRARIES):
            methods = [
                m for m in vars(type(thing)) if CODE.fullmatch(m) and callable(getattr(thing, m, None))
            ]
            found += [_guarded(_with_names(getattr(thing, m), names)) for m in methods]
    return [*found, *(_guarded(partial(_both, part, whole)) for part in parts for whole in found)]


def _both(part: Callable[[Any], Any], whole: Callable[[Any], Any], look: Any) -> Any:
    """``whole(part(look))``, as in ``to_key(assign_bins(observation, bins))``."""
    return whole(part(look))


def tells_apart(key_of: Callable[[Any], Any], looks: Sequence[Any]) -> bool:
    """Whether a function makes another key of each observation."""
    keys = [key_of(look) for look in looks]
    return not any(key is None for key in keys) and len(set(map(str, keys))) == len(keys)


def _observations(wrapper: gym.Wrapper[Any, Any, Any, Any]) -> Callable[[Any], Any] | None:
    """What wrappers of the script make of an observation, the innermost first; None if there are none."""
    chain: list[Callable[[Any], Any]] = []
    env: Any = wrapper
    while isinstance(env, gym.Wrapper):
        if isinstance(env, gym.ObservationWrapper):
            chain.insert(0, env.observation)
        env = env.env
    if not chain:
        return None

    def seen(look: Any) -> Any:
        for change in chain:
            look = change(look)
        return look

    return seen


def _with_names(function: Callable[..., Any], names: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A function whose further arguments are what the script calls by the same names."""
    try:
        _, *further = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function
    needed = [
        one.name for one in further if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    ]
    return partial(function, **{name: names[name] for name in needed if name in names})


def _guarded(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def key_of(look: Any) -> Any:
        try:
            key = function(look)
        except Exception:  # noqa: BLE001 - a function of the script that takes something else
            return None
        return tuple(key.tolist()) if isinstance(key, np.ndarray) and key.ndim else key

    return key_of
