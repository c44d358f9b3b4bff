"""A curve of a run as SVG, with the ranges in which it alarms shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.output.axes import Axes, compact, drawing, horizontal, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE = (420.0, 150.0)
MARGINS = (46.0, 8.0, 8.0, 22.0)
MOST_POINTS = 300
LOG_FROM = 300.0
"""Ratio of the largest to the smallest value from which the axis is logarithmic."""


def curve(
    steps: Sequence[int],
    values: Sequence[float],
    *,
    label: str,
    healthy: tuple[float | None, float | None] | None = None,
    since: int | None = None,
) -> str:
    """Values over environment steps.

    Args:
        steps: where.
        values: what; values that are no numbers are left out.
        label: description for screen readers.
        healthy: the range outside of which an alarm starts; None for no range.
        since: the step since which something is wrong.
    """
    x, y = np.asarray(steps, float), np.asarray(values, float)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if not len(y):
        return ""
    low, high, log = _span(y, healthy)
    axes = Axes(*SIZE, (min(0.0, float(x[0])), max(float(x[-1]), 1.0)), (low, high), log, MARGINS)
    parts = [*_shaded(axes, healthy, low, high), *_levels(axes), *horizontal(axes), _line(axes, x, y)]
    if since is not None and axes.x[0] <= since <= axes.x[1]:
        at = float(axes.across(since))
        parts.append(f'<path class="mark" d="M{at:.1f} {MARGINS[2]}V{SIZE[1] - MARGINS[3]}"/>')
    return drawing(SIZE, label, parts)


def _span(
    y: NDArray[np.float64], healthy: tuple[float | None, float | None] | None
) -> tuple[float, float, bool]:
    low, high = (float(np.quantile(y, q)) for q in (0.005, 0.995))
    low, high = min(low, float(y[-1])), max(high, float(y[-1]))
    log = bool(y.min() > 0 and high / low > LOG_FROM)
    for bound in healthy or ():
        if bound is not None and (not log or bound > 0):
            near = 0.3 * (high - low) if not log else 0.0
            if low - near <= bound <= high + near or (log and low / 30 <= bound <= high * 30):
                low, high = min(low, bound), max(high, bound)
    if log:
        return low / 1.5, high * 1.5, True
    if high == low == 0.0:
        return -0.06, 1.06, False
    room = 0.06 * (high - low) or 0.5 * abs(high)
    return low - room, high + room, False


def _shaded(
    axes: Axes, healthy: tuple[float | None, float | None] | None, low: float, high: float
) -> list[str]:
    """The ranges in which it alarms."""
    below, above = healthy or (None, None)
    areas = [(low, min(below, high))] if below is not None and below > low else []
    areas += [(max(above, low), high)] if above is not None and above < high else []
    wide = SIZE[0] - MARGINS[0] - MARGINS[1]
    parts = []
    for bottom, top in areas:
        y1, y2 = (float(place) for place in axes.down([top, bottom]))
        parts.append(
            f'<rect class="alarm" x="{MARGINS[0]}" y="{y1:.1f}" width="{wide}" height="{y2 - y1:.1f}"/>'
        )
    return parts


def _levels(axes: Axes) -> list[str]:
    if axes.log:
        powers = 10.0 ** np.arange(np.ceil(np.log10(axes.y[0])), np.floor(np.log10(axes.y[1])) + 1)
        values = powers[:: max(1, -(-len(powers) // 4))].tolist()
    else:
        values = ticks(*axes.y, 4)
    parts = []
    for value, y in zip(values, axes.down(values), strict=True):
        words = f"-{compact(-value)}" if value < 0 else compact(value)
        parts.append(f'<path class="level" d="M{MARGINS[0]} {y:.1f}H{SIZE[0] - MARGINS[1]}"/>')
        parts.append(f'<text x="{MARGINS[0] - 4}" y="{y + 3.5:.1f}" text-anchor="end">{words}</text>')
    return parts


def _line(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """The curve; many values become the mean, with lowest and highest as an area."""
    inside = np.clip(y, *axes.y)
    if len(x) <= MOST_POINTS:
        pairs = zip(axes.across(x), axes.down(inside), strict=True)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in pairs)
        dot = f'<circle class="dot" cx="{points.split(",")[0]}" cy="{points.split(",")[-1]}" r="2.5"/>'
        return f'<polyline class="curve" points="{points}"/>' if len(x) > 1 else dot
    groups = np.array_split(np.arange(len(x)), MOST_POINTS // 2)
    at = axes.across([x[g].mean() for g in groups])
    mean = axes.down([inside[g].mean() for g in groups])
    top, bottom = (axes.down([f(inside[g]) for g in groups]) for f in (np.max, np.min))
    there = [f"{a:.1f},{b:.1f}" for a, b in zip(at, top, strict=True)]
    back = [f"{a:.1f},{b:.1f}" for a, b in zip(at[::-1], bottom[::-1], strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(at, mean, strict=True))
    area = f'<polygon class="spread" points="{" ".join(there + back)}"/>'
    return f'{area}<polyline class="curve" points="{line}"/>'
