"""Components that wrap like an angle: nearly equal states with very different numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import listed, short

if TYPE_CHECKING:
    from rlprobe.inspection.measures.component import Component


MODAL_SHARE_ALLOWED: Final = 0.2
"""If one value has a larger share than this, the component is no angle."""


MIDDLE_SHARE_NEEDED: Final = 0.02
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
    advice = "Give the agent its sine and cosine, so that nearly equal states look alike."
    return [Flag("angle-wrap", "look", sentence, advice, tuple(c.name for c in found))]


def wraps(c: Component) -> bool:
    """Whether a component jumps from one end of its range to the other, again and again.

    A fall to rest jumps too, but only a wrap crosses (nearly) the whole visited range. A clipped force jumps
    from end to end, but is constant most of the time.
    """
    low, high = c.quantiles[0], c.quantiles[3]
    width = high - low
    if c.distinct <= 10 or width <= 0 or not 0 < c.step <= 0.1 * width or c.modal > MODAL_SHARE_ALLOWED:
        return False
    if _between(c, low + 0.2 * width, high - 0.2 * width) < MIDDLE_SHARE_NEEDED:
        return False  # mostly at both ends: an on-off signal, not an angle
    if any(0.5 * width < abs(size) < 0.88 * width for _, size in c.jumps):
        return False  # jumps of every size: a heavy-tailed signal, not a wrap
    across = sum(
        0.88 * width <= abs(size) <= 1.1 * width
        and min(origin, origin + size) < low + 0.12 * width
        and max(origin, origin + size) > high - 0.12 * width
        for origin, size in c.jumps
    )
    return across >= 2
