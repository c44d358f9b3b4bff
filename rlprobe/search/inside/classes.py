"""Every class of an environment counts its episodes: those of Gymnasium and gym, and those of the script.

A class is recognised when it is made. One that descends from ``Env`` or ``VectorEnv`` is an environment,
unless it is a wrapper; one of the user's own code is, if it has ``reset`` and ``step`` and its steps return
a reward and whether the episode is over. A wrapper only tells where an episode is truncated.
"""

from __future__ import annotations

import builtins
import functools
from contextlib import suppress
from types import FunctionType
from typing import TYPE_CHECKING, Any

from rlprobe.search.inside.episodes import Episodes, is_own

if TYPE_CHECKING:
    from collections.abc import Callable

ATTRIBUTE = "_rlprobe_episodes"
GYMS = ("gymnasium", "gym", "gymnasium_robotics", "shimmy")


def count_all() -> None:
    """From now on, every class of an environment that is made counts its episodes."""
    plain: Callable[..., Any] = builtins.__build_class__

    def build(body: Any, name: str, *bases: Any, **options: Any) -> Any:
        made = plain(body, name, *bases, **options)
        with suppress(Exception):  # the script goes before the counting
            _prepare(made, getattr(getattr(body, "__code__", None), "co_filename", "<"))
        return made

    builtins.__build_class__ = build  # type: ignore[assignment]


def _prepare(made: Any, file: str) -> None:
    own = vars(made)
    if "step" not in own and "reset" not in own:
        return
    families = {base.__name__ for base in made.__mro__ if base.__module__.split(".")[0] in GYMS}
    steps, resets = (isinstance(own.get(name), FunctionType) for name in ("step", "reset"))
    if families & {"Wrapper", "VectorWrapper"}:
        if steps:
            made.step = _of_wrapper(own["step"])
    elif families & {"Env", "VectorEnv"} or (
        hasattr(made, "reset") and hasattr(made, "step") and is_own(file)
    ):
        if steps:
            made.step = _of_environment(own["step"])
        if resets:
            made.reset = _of_reset(own["reset"])


def _of_wrapper(step: Any) -> Any:
    """An episode that a wrapper truncates is over for the environment below."""

    @functools.wraps(step)
    def truncating(self: Any, *args: Any, **options: Any) -> Any:
        result = step(self, *args, **options)
        with suppress(Exception):
            if isinstance(result, tuple) and len(result) == 5 and bool(result[3]):
                episodes = getattr(getattr(self, "unwrapped", None), ATTRIBUTE, None)
                if episodes is not None:
                    episodes.close()
        return result

    return truncating


def _of_environment(step: Any) -> Any:
    @functools.wraps(step)
    def counted(self: Any, *args: Any, **options: Any) -> Any:
        episodes = _episodes(self)
        if episodes is None or episodes.busy:  # a method of a parent class
            return step(self, *args, **options)
        episodes.busy = True
        try:
            result = step(self, *args, **options)
        finally:
            episodes.busy = False
        with suppress(Exception):
            told = _told(result)
            if told is not None:
                episodes.step(args[0] if args else options, *told)
        return result

    return counted


def _of_reset(reset: Any) -> Any:
    @functools.wraps(reset)
    def closing(self: Any, *args: Any, **options: Any) -> Any:
        episodes = _episodes(self)
        if episodes is not None and not episodes.busy:
            episodes.close()
        return reset(self, *args, **options)

    return closing


def _episodes(env: Any) -> Episodes | None:
    """The episodes of an environment; nothing for one that only holds others."""
    found = getattr(env, "__dict__", {}).get(ATTRIBUTE)
    if found is None:
        if _holds_others(env):
            return None
        found = Episodes(type(env).__name__)
        object.__setattr__(env, ATTRIBUTE, found)
    return found if isinstance(found, Episodes) else None


def _holds_others(env: Any) -> bool:
    inner = [getattr(env, name, None) for name in ("env", "envs", "venv", "_env")]
    parts = [part for one in inner for part in (one if isinstance(one, (list, tuple)) else [one])]
    asynchronous = type(env).__name__ in {"SyncVectorEnv", "AsyncVectorEnv"}
    return asynchronous or any(hasattr(part, "step") and hasattr(part, "reset") for part in parts)


def _told(result: Any) -> tuple[list[float], list[bool]] | None:
    """Rewards and ends of what a step has returned; nothing if it is no step of an environment."""
    if not isinstance(result, tuple) or not 3 <= len(result) <= 5:
        return None
    rewards = _rewards(result[1])
    ends = [_ends(one) for one in (result[2:4] if len(result) == 5 else result[2:3])]
    if len(result) == 4 and isinstance(result[3], bool):
        ends.append([result[3]])
    told = [end for end in ends if end is not None]
    if rewards is None or not told or any(len(end) != len(rewards) for end in told):
        return None
    return rewards, [any(end[copy] for end in told) for copy in range(len(rewards))]


def _rewards(value: Any) -> list[float] | None:
    """One number a copy; the sum over the agents, where a dictionary has one for each."""
    if isinstance(value, dict):
        return [float(sum(value.values()))] if value else None
    return [float(one) for one in _flat(value)] if _flat(value) else None


def _ends(value: Any) -> list[bool] | None:
    """Whether the episode of each copy is over; nothing for what is no yes or no."""
    if isinstance(value, dict):
        return [bool(value.get("__all__", all(value.values())))] if value else None
    found = _flat(value)
    return [bool(one) for one in found] if found and set(found) <= {0, 1} else None


def _flat(value: Any) -> list[float]:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "reshape"):
        return [float(one) for one in value.reshape(-1)]
    return [float(value)] if isinstance(value, (bool, int, float)) else []
