"""Learning curves as a small chart: every seed, and their median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.output.axes import Axes, drawing, levels, steps_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rlprobe.baselines.table import Curve

SIZE = (330.0, 190.0)
MARGINS = (52.0, 10.0, 10.0, 22.0)


def curves(lines: Sequence[Curve], label: str, compared: Sequence[tuple[str, float]]) -> str:
    """The chart of one method.

    Args:
        lines: a curve for each seed.
        label: description for screen readers.
        compared: named returns to compare with, drawn as dashed lines.
    """
    lines = [line for line in lines if line]
    steps = np.array([step for line in lines for step, _ in line], dtype=np.float64)
    totals = np.array([total for line in lines for _, total in line] + [value for _, value in compared])
    low, high = float(totals.min()), float(totals.max())
    room = 0.06 * (high - low) or 1.0
    axes = Axes(*SIZE, (0.0, float(steps.max())), (low - room, high + room), margins=MARGINS)
    parts = [*levels(axes), *steps_below(axes), *_compared(axes, compared)]
    parts += [_line(axes, np.array(line, dtype=np.float64), "seed") for line in lines]
    if len(lines) > 1:
        parts.append(_line(axes, _median(lines), "median"))
    return drawing(SIZE, label, parts)


def _line(axes: Axes, points: npt.NDArray[np.float64], kind: str) -> str:
    x, y = axes.across(points[:, 0]).round(1), axes.down(points[:, 1]).round(1)
    if len(points) == 1:
        return f'<circle class="{kind}" cx="{x[0]:g}" cy="{y[0]:g}" r="3"/>'
    places = " ".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))
    return f'<polyline class="{kind}" points="{places}"/>'


def _median(lines: Sequence[Curve]) -> npt.NDArray[np.float64]:
    """The median of all seeds that have got so far, at 40 places."""
    ends = [line[-1][0] for line in lines]
    places = np.linspace(max(line[0][0] for line in lines), max(ends), 40)
    columns = []
    for line in lines:
        steps, totals = np.array(line, dtype=np.float64).T
        columns.append(np.where(places <= steps[-1], np.interp(places, steps, totals), np.nan))
    return np.stack([places, np.nanmedian(np.array(columns), axis=0)], axis=1)


def _compared(axes: Axes, compared: Sequence[tuple[str, float]]) -> list[str]:
    parts = []
    for words, value in compared:
        y = float(axes.down(value))
        parts.append(f'<path class="aim" d="M{axes.margins[0]} {y:.1f}H{axes.width - axes.margins[1]}"/>')
        above = y - 4 if y > axes.margins[2] + 14 else y + 12
        right = axes.width - axes.margins[1] - 2
        parts.append(f'<text class="name" x="{right}" y="{above:.1f}" text-anchor="end">{words}</text>')
    return parts
