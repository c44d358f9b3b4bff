"""Contract: whether the environment keeps Gymnasium's interface, over whole episodes and not one step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.environments.layers import mean_skip, time_limits
from rlprobe.inspection.flag import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    import gymnasium as gym

    from rlprobe.inspection.playing.collect import Collector
    from rlprobe.inspection.playing.cost import Cost


@dataclass(frozen=True)
class Contract:
    """The results of the checks.

    Args:
        checks: the result of each check: ``"ok"``, ``"failed"`` or why it was left out.
        messages: what Gymnasium's and Stable-Baselines3's checkers said, by checker.
        info_keys: keys of the info dictionaries seen.
        cost: steps per second and where the time goes; None if that could not be measured.
    """

    checks: Mapping[str, str]
    messages: Mapping[str, tuple[str, ...]]
    info_keys: tuple[str, ...]
    cost: Cost | None


def failure_flags(collector: Collector) -> list[Flag]:
    """Errors that the environment raised while it was played."""
    flags = []
    for failure in collector.failures[:1]:
        many = f" ({len(collector.failures)} times)" if len(collector.failures) > 1 else ""
        if failure.wrong:
            wrong = failure.wrong[0].lower() + failure.wrong[1:].rstrip(".")
            sentence = f"{failure.what} after {failure.place}{many}: {wrong}."
            advice = "Correct what the method returns; this report covers the steps before."
            flags.append(Flag("wrong-type", "harmful", sentence, advice))
            continue
        sentence = f"{failure.what} raised {failure.error} after {failure.place}{many}."
        advice = "No action of the action space may raise an error; this report covers the steps before."
        flags.append(Flag("raises", "harmful", sentence, advice))
    return flags


def ending_flags(env: gym.Env[Any, Any], collector: Collector) -> list[Flag]:
    """Episodes that are truncated without a declared limit, or not at the limit."""
    kept, flags = collector.episodes, limit_flags(env)
    declared = _declared(env)
    own = {length: n for length, n in kept.own.items() if length != declared}
    early = {**own, **kept.early} if declared else kept.early
    if early:
        total, (length, _) = sum(early.values()), max(early.items(), key=lambda item: item[1])
        same = len(early) == 1 and total > 1
        sentence = (
            f"{total} episodes were truncated at another step than the limit of {declared}: "
            f"{'always' if same else 'most often'} after {length} steps."
        )
        advice = "Truncate on the step that reaches the limit; report failure and success as terminated."
        severity = "harmful" if same else "look"
        flags.append(Flag("truncated-elsewhere", severity, sentence, advice))  # type: ignore[arg-type]
    elif kept.own and not declared:
        lengths = sorted(kept.own)
        where = (
            f"always after {lengths[0]} steps"
            if len(lengths) == 1
            else f"after {lengths[0]} to {lengths[-1]}"
        )
        sentence = f"The environment truncates by itself, {where}; no TimeLimit or max_episode_steps says so."
        advice = "Declare it: gym.register(..., max_episode_steps=N) or gymnasium.wrappers.TimeLimit(env, N)."
        flags.append(Flag("undeclared-limit", "look", sentence, advice))
    if declared and kept.longest > declared and collector.columns is not None and not _repeats(env):
        sentence = f"An episode went on for {kept.longest} steps, past the declared limit of {declared}."
        flags.append(Flag("limit-ignored", "harmful", sentence, "Truncate at the limit."))
    if kept.both:
        sentence = f"{kept.both} episodes ended both terminated and truncated."
        advice = "Correct only if the task ended on the last step; agents must treat it as terminated."
        flags.append(Flag("terminated-and-truncated", "note", sentence, advice))
    return flags


def _declared(env: gym.Env[Any, Any]) -> int | None:
    """Number of actions after which the time limits of the stack truncate an episode at the latest.

    Where there is no time limit, the limit that the specification or the environment names.
    """
    limits = [limit.actions for limit in stacked(env)]
    if limits:
        return min(limits)
    spec = env.unwrapped.spec
    named = [getattr(spec, "max_episode_steps", None), getattr(env.unwrapped, "max_episode_steps", None)]
    return next((int(limit) for limit in named if limit), None)


@dataclass(frozen=True)
class Limit:
    """One time limit of a stack: the number it was given, and the actions that this allows."""

    given: int
    actions: int


def stacked(env: gym.Env[Any, Any]) -> list[Limit]:
    """The time limits of the stack, outermost first."""
    total = mean_skip(env)
    return [Limit(given, math.ceil(given * each / total)) for given, each in time_limits(env)]


def limit_flags(env: gym.Env[Any, Any]) -> list[Flag]:
    """Says which time limit of a stack ends episodes, where another was meant to."""
    limits = stacked(env)
    for outer, limit in enumerate(limits):
        inner = min(limits[outer + 1 :], key=lambda limit: limit.actions, default=limit)
        if inner.actions >= limit.actions:
            continue
        skips = (
            f" (steps of the environment: {inner.actions} actions)" if inner.given != inner.actions else ""
        )
        sentence = f"An inner TimeLimit({inner.given}) ends it before your {limit.given}{skips}."
        advice = (
            f"Use gym.make(..., max_episode_steps={math.ceil(limit.actions * inner.given / inner.actions)}), "
            "which replaces the registered limit, or gym.make(...).unwrapped under your own TimeLimit."
        )
        return [Flag("limit-hidden", "look", sentence, advice)]
    return []


def _repeats(env: gym.Env[Any, Any]) -> bool:
    return hasattr(env.unwrapped, "ale")


def same(a: Any, b: Any) -> bool:
    """Whether two observations, nested in any way, hold the same numbers; NaN equals NaN."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) or isinstance(b, str):
        return bool(a == b)
    try:
        x, y = np.asarray(a), np.asarray(b)
        if object in {x.dtype, y.dtype}:
            return True  # cannot be compared
        nan = x.dtype.kind in "fc" and y.dtype.kind in "fc"
        return x.shape == y.shape and bool(np.array_equal(x, y, equal_nan=nan))
    except (TypeError, ValueError):
        return True
