"""Small charts as SVG inside the page: they take its font and its colours, in light and in dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.output.axes import LETTER, Axes, compact, drawing, horizontal, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FEWEST_PIXELS: Final = 0.7
THINNEST: Final = 2.5
AROUND: Final = 3.0
"""What is shown on both sides of a single value."""


def histogram(
    counted: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]],
    *,
    label: str,
    kind: str = "",
    log: bool = False,
    span: tuple[float, float] | None = None,
    marks: Sequence[tuple[str, float]] = (),
    size: tuple[float, float] = (300, 130),
) -> str:
    """Bars of counts over edges.

    Args:
        counted: edges and counts.
        label: description for screen readers.
        kind: class of the bars, which sets their colour.
        log: draw counts on a logarithmic scale.
        span: ends of the horizontal axis; by default those of the edges.
        marks: named vertical lines.
        size: width and height of the picture.
    """
    edges, counts = counted
    low, high = span or ((float(edges[0]), float(edges[-1])) if len(edges) else (0.0, 1.0))
    if len(counts) == 1 or not high > low:
        low, high = (low + high) / 2 - AROUND, (low + high) / 2 + AROUND
    most = float(counts.max()) if len(counts) else 1.0
    floor = FEWEST_PIXELS if log else 0.0
    axes = Axes(*size, (low, high), (floor, max(most, 1.0) * (1.6 if log else 1.35 if marks else 1.08)), log)
    parts = [*_levels(axes, most), *horizontal(axes), _bars(axes, edges, counts, kind)]
    return drawing(size, label, [*parts, *_marks(axes, marks)])


def paths(lines: Sequence[Floats], span: tuple[tuple[float, float], tuple[float, float]], label: str) -> str:
    """Lines in a plane, without scales.

    Args:
        lines: each of shape ``(n, 2)``.
        span: ends of the horizontal and of the vertical axis.
        label: description for screen readers.
    """
    size = (200.0, 160.0)
    axes = Axes(*size, *span, margins=(4, 4, 4, 4))
    drawn = []
    for line in lines:
        x, y = axes.across(line[:, 0]).round(1), axes.down(line[:, 1]).round(1)
        points = " ".join(f"{a:g},{b:g}" for a, b in zip(x, y, strict=True))
        drawn.append(f'<polyline class="path" points="{points}"/>')
    edge = f'<rect class="edge" x="1" y="1" width="{size[0] - 2:g}" height="{size[1] - 2:g}"/>'
    return drawing(size, label, [*drawn, edge])


def _bars(axes: Axes, edges: Floats, counts: npt.NDArray[np.int64], kind: str) -> str:
    """All bars as one path; bars of neighbouring values touch."""
    base = axes.height - axes.margins[3]
    places, tops = axes.across(edges), axes.down(counts)
    steps = [
        f"M{left:.1f} {base:.1f}V{top:.1f}H{max(right, left + THINNEST):.1f}V{base:.1f}"
        for left, right, top, count in zip(places[:-1], places[1:], tops, counts, strict=True)
        if count
    ]
    return f'<path class="bars {kind}" d="{"".join(steps)}"/>'


def _levels(axes: Axes, most: float) -> list[str]:
    """Horizontal lines at round counts, with their numbers."""
    if axes.log:
        powers = 10.0 ** np.arange(0, np.floor(np.log10(max(most, 1.0))) + 1)
        values = powers[:: -(-len(powers) // 4)].tolist()
    else:
        values = [value for value in ticks(0.0, axes.y[1], 4) if value > 0]
    right = axes.width - axes.margins[1]
    parts = []
    for value, y in zip(values, axes.down(values), strict=True):
        parts.append(f'<path class="level" d="M{axes.margins[0]} {y:.1f}H{right}"/>')
        parts.append(
            f'<text x="{axes.margins[0] - 4}" y="{y + 3.5:.1f}" text-anchor="end">{compact(value)}</text>'
        )
    return parts


def _marks(axes: Axes, marks: Sequence[tuple[str, float]]) -> list[str]:
    """Named vertical lines; the names stand on the side where there is room."""
    top, base = axes.margins[2], axes.height - axes.margins[3]
    parts = []
    for number, (words, value) in enumerate(marks):
        x = float(axes.across(value))
        y = top + 9 + 13 * number
        right = x + LETTER * len(words) + 8 < axes.width
        place = f'x="{x + 4:.1f}"' if right else f'x="{x - 4:.1f}" text-anchor="end"'
        parts.append(
            f'<path class="mark" d="M{x:.1f} {top}V{base}"/><text class="name" {place} y="{y}">{words}</text>'
        )
    return parts
