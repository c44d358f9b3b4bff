"""The axes of small charts as SVG: places of values, round ticks, and their labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 22
"""Room for the labels of the axes, in the units of the picture."""
LETTER: Final = 6.8
"""Width of a letter of a label, about."""

COMPACT_FROM: Final = 1e4
"""Axes that reach so many steps write them in few letters: 20k."""


@dataclass(frozen=True)
class Axes:
    """The area of a chart and what its edges stand for.

    Args:
        width: of the whole picture.
        height: of the whole picture.
        x: values at the left and right end.
        y: values at the bottom and the top.
        log: whether the vertical axis is logarithmic.
    """

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool = False
    margins: tuple[float, float, float, float] = field(default=(LEFT, RIGHT, TOP, BOTTOM))

    def across(self, values: npt.ArrayLike) -> Floats:
        """Horizontal places of values."""
        left, right, _, _ = self.margins
        share = (np.asarray(values, float) - self.x[0]) / (self.x[1] - self.x[0])
        return np.asarray(left + share * (self.width - left - right))

    def down(self, values: npt.ArrayLike) -> Floats:
        """Vertical places of values."""
        _, _, top, bottom = self.margins
        low, high = self.y
        given = np.asarray(values, float)
        if self.log:
            given, low, high = np.log10(np.maximum(given, self.y[0])), np.log10(low), np.log10(high)
        return np.asarray(self.height - bottom - (given - low) / (high - low) * (self.height - top - bottom))


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between ``low`` and ``high``, at most so many.

    >>> ticks(-2.4, 2.4, 5), ticks(8, 152, 4), ticks(0, 1, 3)
    ([-2.0, -1.0, 0.0, 1.0, 2.0], [50.0, 100.0, 150.0], [0.0, 0.5, 1.0])
    """
    if not high > low:
        return [low]
    power = 10.0 ** np.floor(np.log10((high - low) / most))
    for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0):
        first, last = np.ceil(low / (step * power) - 1e-9), np.floor(high / (step * power) + 1e-9)
        if last - first + 1 <= most:
            return [float(f"{i * step * power:.12g}") + 0.0 for i in np.arange(first, last + 1)]
    return [low, high]


def tick_label(value: float, step: float) -> str:
    """The number of a tick, with the decimals that tell it from the next one.

    >>> tick_label(999.6, 0.2), tick_label(4998.0, 2.0), tick_label(2e5, 2e5), tick_label(-0.05, 0.05)
    ('999.6', '4998', '2e+05', '-0.05')
    """
    size = max(abs(value), abs(step))
    if value == 0:
        return "0"
    if size >= 1e5 or size < 1e-4:
        digits = max(1, int(np.floor(np.log10(size)) - np.floor(np.log10(step))) + 1)
        return f"{value:.{min(digits, 6)}g}"
    return f"{value:.{max(0, -int(np.floor(np.log10(step) + 1e-9)))}f}"


def compact(value: float) -> str:
    """A count in few letters.

    >>> compact(1.0), compact(2500), compact(1e6)
    ('1', '2.5k', '1M')
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def horizontal(axes: Axes) -> list[str]:
    """The horizontal axis with numbers that do not touch."""
    base = axes.height - axes.margins[3]
    parts = [f'<path class="axis" d="M{axes.margins[0]} {base}H{axes.width - axes.margins[1]}"/>']
    free, said = 0.0, ""
    values = ticks(*axes.x, most=6)
    step = values[1] - values[0] if len(values) > 1 else max(abs(values[0]), 1.0)
    for value in values:
        x, words = float(axes.across(value)), tick_label(value, step)
        half = LETTER * len(words) / 2
        x = min(max(x, half), axes.width - half)
        if x - half < free or words == said:
            continue
        said = words
        free = x + half + LETTER
        parts.append(f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{words}</text>')
    return parts


def levels(axes: Axes) -> list[str]:
    """Horizontal lines at round values, with their numbers."""
    values = ticks(*axes.y, most=5)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    parts = []
    for value, y in zip(values, axes.down(values), strict=True):
        parts.append(f'<path class="level" d="M{axes.margins[0]} {y:.1f}H{axes.width - axes.margins[1]}"/>')
        words = tick_label(value, step)
        parts.append(f'<text x="{axes.margins[0] - 4}" y="{y + 3.5:.1f}" text-anchor="end">{words}</text>')
    return parts


def steps_below(axes: Axes) -> list[str]:
    """The horizontal axis of environment steps; large numbers in few letters."""
    if axes.x[1] < COMPACT_FROM:
        return horizontal(axes)
    base = axes.height - axes.margins[3]
    parts = [f'<path class="axis" d="M{axes.margins[0]} {base}H{axes.width - axes.margins[1]}"/>']
    for value in ticks(*axes.x, most=5):
        words = compact(value) if value else "0"
        parts.append(
            f'<text x="{float(axes.across(value)):.1f}" y="{base + 15}" text-anchor="middle">{words}</text>'
        )
    return parts


def drawing(size: tuple[float, float], label: str, parts: Sequence[str]) -> str:
    """The chart as one element, described by ``label`` for screen readers."""
    head = f'<svg class="plot" viewBox="0 0 {size[0]:g} {size[1]:g}" role="img" aria-label="{escape(label)}">'
    return head + "".join(parts) + "</svg>"
