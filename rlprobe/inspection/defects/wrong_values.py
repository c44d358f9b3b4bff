"""Values that break learning: not finite, outside the declared bounds, or far from all others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed, percent, short

if TYPE_CHECKING:
    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.place import Place

OUTLIER_HARMFUL: Final = 100.0
OUTLIER_LOOK: Final = 20.0
"""Robust standard deviations from the median."""


def non_finite_flags(parts: list[Component]) -> list[Flag]:
    """NaN and infinite values."""
    flags = []
    for c in [c for c in parts if c.bad][:4]:
        where = f", first at {c.bad_place}" if c.bad_place else ""
        sentence = f"{c.name} is {c.bad_value} in {c.bad:,} of {c.count:,} steps{where}."
        advice = f"{again(c.bad_place)}correct the environment: one such value makes the network NaN."
        more = {"components": (c.name,), "place": c.bad_place, "value": c.bad_value}
        flags.append(Flag("non-finite", "harmful", sentence, advice, **more))  # type: ignore[arg-type]
    return flags


def again(place: Place | None) -> str:
    """How to reproduce it: the beginning of an advice."""
    return f"Replay it with {place.call} and " if place else "Find it, and "


def outside_flags(parts: list[Component]) -> list[Flag]:
    """Values outside the declared bounds."""
    found = [c for c in parts if c.outside]
    if not found:
        return []
    worst = max(found, key=lambda c: c.outside)
    sentence = (
        f"{listed([c.name for c in found])} left the declared bounds: {worst.name} is declared "
        f"[{short(worst.bound_low)}, {short(worst.bound_high)}] and went from {short(worst.low)} to "
        f"{short(worst.high)} ({percent(worst.outside / worst.count)} of the steps outside)."
    )
    advice = "Correct low and high of the observation space; agents scale and clip by them."
    return [Flag("out-of-bounds", "harmful", sentence, advice, tuple(c.name for c in found))]


def outlier_flags(numbers: list[Component]) -> list[Flag]:
    """Single values of the observation far from all the others."""
    advice = "Correct it at the source, or keep clip=10 of rlprobe.NormalizeAll, which limits it."
    found = [_outlier(c, up=c.high - c.median >= c.median - c.low, advice=advice) for c in numbers]
    return [flag for flag in found if flag][:4]


def reward_outlier_flags(reward: Component, *, low_at_end: bool, high_at_end: bool) -> list[Flag]:
    """A single reward far from all others, unless it is the reward at the end of an episode."""
    if not reward.count:
        return []
    up = reward.high - reward.median >= reward.median - reward.low
    if high_at_end if up else low_at_end:
        return []
    advice = "Correct it at the source, or keep clip=10 of rlprobe.RewardScale, which limits it."
    flag = _outlier(reward, up=up, advice=advice)
    return [replace(flag, severity="look")] if flag else []


def _outlier(c: Component, *, up: bool, advice: str) -> Flag | None:
    low, _, _, high = c.quantiles
    usual = max(high - c.median, c.median - low, c.deviation)
    far = max(c.high - c.median, c.median - c.low)
    if not c.worst_z >= OUTLIER_LOOK or far < 5 * usual:
        return None
    value, place = (c.high, c.high_place) if up else (c.low, c.low_place)
    where = f" at {place}" if place else ""
    sentence = (
        f"{c.name} has outliers: {short(value)}{where}, {short(c.worst_z)} robust standard deviations from "
        f"its median {short(c.median)}, while 99.8 % lie within {short(low)} to {short(high)}."
    )
    severity = "harmful" if c.worst_z >= OUTLIER_HARMFUL else "look"
    return Flag("outlier", severity, sentence, advice, (c.name,), place, value)  # type: ignore[arg-type]
