"""Components that wrap like an angle: neighbours in the world, far apart in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed, short

if TYPE_CHECKING:
    from rlprobe.inspection.measures.component import Component


MODAL: Final = 0.2
"""Share of one value above which a component is no angle."""


MIDDLE: Final = 0.02
"""Share of the values that an angle has in the middle 60 % of its range, at least."""


def _between(c: Component, low: float, high: float) -> float:
    """Share of the values from ``low`` to ``high``, from the histogram."""
    edges, counts = c.histogram
    if not counts.sum():
        return 0.0
    middles = (edges[:-1] + edges[1:]) / 2
    return float(counts[(middles >= low) & (middles <= high)].sum() / counts.sum())


def wrapping_flags(numbers: list[Component]) -> list[Flag]:
    """One flag for all components that wrap."""
    found = [c for c in numbers if wraps(c)]
    if not found:
        return []
    c = max(found, key=lambda c: abs(c.jumps[0][1]))
    origin, size = c.jumps[0]
    sentence = (
        f"{listed([c.name for c in found])} wraps like an angle: it jumps from {short(origin)} to "
        f"{short(origin + size)} in one step, while a usual step is {short(c.step)}."
    )
    advice = "Give the agent its sine and cosine: what is near must look near."
    return [Flag("angle-wrap", "look", sentence, advice, tuple(c.name for c in found))]


def wraps(c: Component) -> bool:
    """Whether a component jumps from one end of its range to the other, again and again.

    A fall to rest jumps too, but only a wrap crosses (nearly) the whole range that is lived in; a clipped
    force jumps from end to end, but stands still most of the time.
    """
    low, high = c.quantiles[0], c.quantiles[3]
    width = high - low
    if c.distinct <= 10 or width <= 0 or not 0 < c.step <= 0.1 * width or c.modal > MODAL:
        return False
    if _between(c, low + 0.2 * width, high - 0.2 * width) < MIDDLE:
        return False  # lives at both ends: a signal that is on or off, not an angle that goes round
    if any(0.5 * width < abs(size) < 0.88 * width for _, size in c.jumps):
        return False  # jumps of every size: something heavy-tailed, not a wrap
    across = sum(
        0.88 * width <= abs(size) <= 1.1 * width
        and min(origin, origin + size) < low + 0.12 * width
        and max(origin, origin + size) > high - 0.12 * width
        for origin, size in c.jumps
    )
    return across >= 2
