"""Scale: which components of the observation, and which rewards, make learning slow or impossible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.inspection.angle import wrapping_flags
from rlprobe.inspection.component import Component, components_of, reward_of
from rlprobe.inspection.flag import Flag, listed
from rlprobe.inspection.summary import percent, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlprobe.inspection.collect import Collector
    from rlprobe.inspection.picture_stats import PictureStats
    from rlprobe.inspection.place import Place

RATIO_HARMFUL, RATIO_LOOK = 1000.0, 100.0
OUTLIER_HARMFUL, OUTLIER_LOOK = 100.0, 20.0
FAR_FROM_ZERO = 100.0
NEARLY_ALL = 0.999


@dataclass(frozen=True)
class Scale:
    """The components of the observation and the reward.

    Args:
        components: in order of the space.
        reward: the reward.
        pictures: statistics of the picture leaves.
        left_out: leaves that could not be looked at.
        keys: labels of the arrays, if there are several to choose from.
    """

    components: tuple[Component, ...]
    reward: Component
    pictures: tuple[PictureStats, ...]
    left_out: tuple[str, ...]


def scale_of(collector: Collector) -> Scale:
    """The section, from what was collected."""
    return Scale(
        components_of(collector), reward_of(collector), collector.pictures, collector.columns.left_out
    )


def scale_flags(scale: Scale) -> list[Flag]:
    """What is wrong or worth a look in the observations and rewards."""
    parts = [c for c in scale.components if c.count]
    flags = [*_non_finite([*parts, scale.reward]), *_outside(parts)]
    numbers = [c for c in parts if c.kind == "number" and np.isfinite(c.std) and np.isfinite(c.low)]
    flags += _badly_scaled(numbers)
    for check in (
        _outliers,
        _constant,
        _nearly_constant,
        _ids,
        wrapping_flags,
        _far,
        _at_bounds,
        _never_near,
    ):
        flags += check(numbers)
    flags += [flag for picture in scale.pictures for flag in _pictures(picture)]
    if scale.left_out:
        sentence = f"Not looked at: {listed(scale.left_out)}; these spaces hold no arrays of numbers."
        flags.append(Flag("left-out", "scale", "note", sentence, "", scale.left_out))
    return flags


def _grouped(found: Sequence[Component], id_: str, say: Callable[[str], str], **more: str) -> list[Flag]:
    """One flag for all components with the same defect."""
    names = tuple(c.name for c in found)
    if not names:
        return []
    severity = more.get("severity", "look")
    return [Flag(id_, "scale", severity, say(listed(names)), more.get("advice", ""), names)]  # type: ignore[arg-type]


def _non_finite(parts: list[Component]) -> list[Flag]:
    flags = []
    for c in [c for c in parts if c.bad][:4]:
        where = f", first at {c.bad_place}" if c.bad_place else ""
        sentence = f"{c.name} is {c.bad_value} in {c.bad:,} of {c.count:,} steps{where}."
        advice = f"{_again(c.bad_place)}mend the environment: one such value ends training."
        more = {"components": (c.name,), "place": c.bad_place, "value": c.bad_value}
        flags.append(Flag("non-finite", "scale", "harmful", sentence, advice, **more))  # type: ignore[arg-type]
    return flags


def _again(place: Place | None) -> str:
    """How to see it again, as the beginning of an advice."""
    return f"Replay it with {place.call} and " if place else "Find it, and "


def _outside(parts: list[Component]) -> list[Flag]:
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
    return [Flag("out-of-bounds", "scale", "harmful", sentence, advice, tuple(c.name for c in found))]


def _badly_scaled(numbers: list[Component]) -> list[Flag]:
    varied = [c for c in numbers if c.std > 0]
    if len(varied) < 2:
        return []
    logs = np.log10([c.std for c in varied])
    flags = []
    for severity, least, most in (("harmful", RATIO_HARMFUL, np.inf), ("look", RATIO_LOOK, RATIO_HARMFUL)):
        beside = [float(np.median(np.delete(logs, i))) for i in range(len(logs))]
        found = [(c, 10.0 ** float(log - b)) for c, log, b in zip(varied, logs, beside, strict=True)]
        for c, ratio in [(c, r) for c, r in found if least <= r < most][:3]:
            sentence = (
                f"{c.name} is {short(ratio)} times larger than the others (standard deviation "
                f"{short(c.std)} beside "
                f"{short(c.std / ratio)}): it drowns them."
            )
            flags.append(Flag("badly-scaled", "scale", severity, sentence, NORMALISE, (c.name,)))  # type: ignore[arg-type]
        small = [c for c, ratio in found if least <= 1 / ratio < most]
        sentence = f"Over {short(least)} times smaller than the others: {listed([c.name for c in small])}."
        if small:
            flags.append(Flag("tiny", "scale", "look", sentence, NORMALISE, tuple(c.name for c in small)))
    return flags


NORMALISE = "Wrap the environment in rlprobe.NormalizeAll(env); the histograms after it are in the page."


def _outliers(numbers: list[Component]) -> list[Flag]:
    flags = []
    for c in numbers:
        low, _, _, high = c.quantiles
        usual = max(high - c.median, c.median - low, c.deviation)
        far = max(c.high - c.median, c.median - c.low)
        if c.worst_z < OUTLIER_LOOK or far < 5 * usual:
            continue
        up = c.high - c.median >= c.median - c.low
        value, place = (c.high, c.high_place) if up else (c.low, c.low_place)
        where = f" at {place}" if place else ""
        sentence = (
            f"{c.name} has outliers: {short(value)}{where}, {short(c.worst_z)} robust standard "
            "deviations from its "
            f"median {short(c.median)}, while 99.8 % lie within {short(low)} to {short(high)}."
        )
        severity = "harmful" if c.worst_z >= OUTLIER_HARMFUL else "look"
        advice = "Mend it at the source, or keep clip=10 of rlprobe.NormalizeAll, which cuts it off."
        flags.append(Flag("outlier", "scale", severity, sentence, advice, (c.name,), place, value))  # type: ignore[arg-type]
    return flags[:4]


def _constant(numbers: list[Component]) -> list[Flag]:
    found = [c for c in numbers if c.constant]
    many = f" of {len(numbers)} components" if len(found) > 1 else ""
    what = f"{len(found)}{many} never changed: " if len(found) > 1 else "Constant: "
    value = f" is always {short(found[0].low)}" if len(found) == 1 else ""
    advice = "Leave it out, or find out why it does not move; it carries nothing the agent could use."
    return _grouped(found, "constant-component", lambda names: f"{what}{names}{value}.", advice=advice)


def _nearly_constant(numbers: list[Component]) -> list[Flag]:
    found = [c for c in numbers if not c.constant and c.modal >= NEARLY_ALL]
    return _grouped(
        found,
        "nearly-constant",
        lambda names: (
            f"Nearly constant, the same value in {percent(NEARLY_ALL)} of the steps or more: {names}."
        ),
        advice="If it is a rare event that matters, keep it; NormalizeAll clips its first appearance at 10.",
    )


def _ids(numbers: list[Component]) -> list[Flag]:
    found = [
        c
        for c in numbers
        if c.whole and 3 <= c.distinct <= 1000 and c.low >= 0 and c.std > 0 and c.high < 1e6
    ]
    if not found:
        return []
    first = found[0]
    sentence = (
        f"{listed([c.name for c in found])}: a Box that holds only whole numbers "
        f"({first.distinct} different ones "
        f"from {short(first.low)} to {short(first.high)}), which looks like an id or a count."
    )
    advice = "If it is an id, declare it Discrete, so that it is one-hot encoded and never standardised."
    return [Flag("integer-id", "scale", "look", sentence, advice, tuple(c.name for c in found))]


def _far(numbers: list[Component]) -> list[Flag]:
    found = [c for c in numbers if c.std > 0 and abs(c.mean) > FAR_FROM_ZERO * c.std]
    say = f"mean over {short(FAR_FROM_ZERO)} standard deviations from 0"
    return _grouped(found, "far-from-zero", lambda names: f"{names}: {say}.", advice=NORMALISE)


def _at_bounds(numbers: list[Component]) -> list[Flag]:
    found = [c for c in numbers if c.distinct > 2 and not c.constant and max(c.at_low, c.at_high) > 0.5]
    return _grouped(
        found,
        "always-at-bound",
        lambda names: f"At a declared bound in more than half of the steps: {names}.",
        advice="Clipped away: widen the range before it is clipped.",
    )


def _never_near(numbers: list[Component]) -> list[Flag]:
    found = []
    for c in numbers:
        width = c.bound_high - c.bound_low
        if np.isfinite(width) and width > 0 and not c.constant and c.high - c.low < 0.1 * width:
            found.append(c)
    return _grouped(
        found,
        "bounds-never-reached",
        lambda names: f"Under a tenth of the declared range was ever visited: {names}.",
        severity="note",
    )


def _pictures(picture: PictureStats) -> list[Flag]:
    if not picture.count:
        return []
    flags, name = [], picture.part.label
    if picture.bad:
        sentence = (
            f"{name} held values that are not finite in {picture.bad} pictures, first at {picture.bad_place}."
        )
        advice = f"{_again(picture.bad_place)}mend the environment."
        more = {"place": picture.bad_place, "value": picture.bad_value}
        flags.append(Flag("non-finite", "scale", "harmful", sentence, advice, (name,), **more))  # type: ignore[arg-type]
    still = float((picture.high == picture.low).mean())
    if still == 1.0:
        sentence = f"{name}: no pixel ever changed."
        flags.append(
            Flag("constant-picture", "scale", "harmful", sentence, "Render before you return it.", (name,))
        )
    elif still > 0.5:
        sentence = f"{name}: {percent(still)} of the pixels never changed in random play."
        flags.append(Flag("still-pixels", "scale", "note", sentence, "Crop what never changes.", (name,)))
    return flags
