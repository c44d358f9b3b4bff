"""Components that are constant, hold ids, or do not use their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.inspection.flag import Flag, grouped
from rlprobe.output.numbers import listed, short

if TYPE_CHECKING:
    from rlprobe.inspection.measures.component import Component

NEARLY_CONSTANT_FROM: Final = 0.999


def constant_flags(numbers: list[Component]) -> list[Flag]:
    """Components that never change."""
    found = [c for c in numbers if c.constant]
    many = f" of {len(numbers)} components" if len(found) > 1 else ""
    what = f"{len(found)}{many} never changed: " if len(found) > 1 else "Constant: "
    value = f" is always {short(found[0].low)}" if len(found) == 1 else ""
    advice = "Leave it out, or find out why it does not change; it contains no information for the agent."
    return grouped(found, "constant-component", lambda names: f"{what}{names}{value}.", advice=advice)


def nearly_constant_flags(numbers: list[Component]) -> list[Flag]:
    """Components that hardly ever change."""
    found = [c for c in numbers if not c.constant and c.modal >= NEARLY_CONSTANT_FROM]
    return grouped(
        found,
        "nearly-constant",
        lambda names: f"Nearly constant, the same value in 99.9 % of the steps or more: {names}.",
        advice="If it is a rare event that matters, keep it; NormalizeAll clips its first appearance at 10.",
    )


def id_flags(numbers: list[Component]) -> list[Flag]:
    """Boxes that hold only whole numbers."""
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
    return [Flag("integer-id", "look", sentence, advice, tuple(c.name for c in found))]


def at_bounds_flags(numbers: list[Component]) -> list[Flag]:
    """Components that mostly stand at a bound."""
    found = [c for c in numbers if c.distinct > 2 and not c.constant and max(c.at_low, c.at_high) > 0.5]
    return grouped(
        found,
        "always-at-bound",
        lambda names: f"At a declared bound in more than half of the steps: {names}.",
        advice="Larger values are clipped: widen the bounds, or clip later.",
    )


def never_near_flags(numbers: list[Component]) -> list[Flag]:
    """Components that use a small part of their declared range."""
    found = []
    for c in numbers:
        width = c.bound_high - c.bound_low
        if np.isfinite(width) and width > 0 and not c.constant and c.high - c.low < 0.1 * width:
            found.append(c)
    return grouped(
        found,
        "bounds-never-reached",
        lambda names: f"Under a tenth of the declared range was ever visited: {names}.",
        severity="note",
    )
