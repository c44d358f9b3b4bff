"""Curves and differences as SVG: every seed, the median, and its interval."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.comparison.statistics.median import median_ranks
from rlprobe.output.axes import Axes, drawing, horizontal, levels, steps_below
from rlprobe.output.html import trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.findings import Group, Pair
    from rlprobe.comparison.log import Floats, Series

STYLE: Final = "charts.css"
SIZE: Final = (420.0, 230.0)
STRIP: Final = (420.0, 64.0)
MARGINS: Final = (52.0, 10.0, 10.0, 24.0)
BINS: Final = 50
"""Parts of the steps: a curve shows the mean of each."""
MOST_SEEDS: Final = 40


def style() -> Any:
    """The style sheet of these drawings and of the tables beside them."""
    return trusted(resources.files(__package__).joinpath(STYLE).read_text("utf-8"))


def curves(groups: Sequence[Group], budget: float) -> list[tuple[Group, Any]]:
    """A chart of each group, all on the same axes: every seed thin, the median bold, its interval shaded."""
    edges = np.linspace(0.0, budget, BINS + 1)
    binned = {group.name: _binned(group, edges) for group in groups}
    finite = np.concatenate([values[np.isfinite(values)] for values in binned.values()])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = 0.06 * (high - low) or 1.0
    axes = Axes(*SIZE, (0.0, budget), (low - room, high + room), margins=MARGINS)
    middles = (edges[1:] + edges[:-1]) / 2
    return [(group, trusted(_chart(axes, middles, binned[group.name], group))) for group in groups]


def _binned(group: Group, edges: Floats) -> Floats:
    """``(seeds, bins)`` mean of each part of each curve; an empty part has the value before it."""
    return np.array([_bins(run.curve, edges) for run in group.runs])


def _bins(curve: Series, edges: Floats) -> Floats:
    place = np.clip(np.searchsorted(edges, curve.steps, side="left") - 1, 0, None)
    inside = place < len(edges) - 1
    counts = np.bincount(place[inside], minlength=len(edges) - 1)
    sums = np.bincount(place[inside], curve.values[inside], minlength=len(edges) - 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    last = np.maximum.accumulate(np.where(counts > 0, np.arange(len(counts)), -1))
    return np.where(last >= 0, means[np.maximum(last, 0)], np.nan)


def _chart(axes: Axes, x: Floats, values: Floats, group: Group) -> str:
    parts = [*levels(axes), *steps_below(axes)]
    ordered = np.sort(values, axis=0)
    ranks = median_ranks(len(values))
    if ranks:
        parts.append(_area(axes, x, ordered[ranks[0]], ordered[ranks[1]]))
    parts += [_line(axes, x, row, "seed") for row in values[:MOST_SEEDS]]
    parts.append(_line(axes, x, np.median(values, axis=0), "median"))
    return drawing(SIZE, f"curves of {group.label}: {len(values)} seeds and their median", parts)


def _line(axes: Axes, x: Floats, y: Floats, kind: str) -> str:
    return f'<polyline class="{kind}" points="{_points(axes, x, y)}"/>'


def _area(axes: Axes, x: Floats, low: Floats, high: Floats) -> str:
    there, back = _points(axes, x, low), _points(axes, x[::-1], high[::-1])
    return f'<polygon class="band" points="{there} {back}"/>'


def _points(axes: Axes, x: Floats, y: Floats) -> str:
    known = np.isfinite(y)
    places = zip(axes.across(x[known]), axes.down(y[known]), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)


def interval(pair: Pair) -> Any:
    """The difference and its interval on a line, with no difference marked."""
    one = pair.difference
    ends = [end for end in (one.low, one.high) if np.isfinite(end)]
    known = [0.0, one.value, *ends]
    low, high = min(known), max(known)
    room = 0.1 * (high - low) or 1.0
    axes = Axes(*STRIP, (low - room, high + room), (0.0, 1.0), margins=(10.0, 10.0, 6.0, 24.0))
    zero, at = (float(place) for place in axes.across([0.0, one.value]))
    parts = [*horizontal(axes), f'<path class="zero" d="M{zero:.1f} 4V40"/>']
    if len(ends) == 2:
        left, right = (float(place) for place in axes.across(ends))
        parts.append(f'<path class="interval {pair.verdict.split()[0]}" d="M{left:.1f} 20H{right:.1f}"/>')
    parts.append(f'<circle class="difference {pair.verdict.split()[0]}" cx="{at:.1f}" cy="20" r="5"/>')
    return trusted(drawing(STRIP, f"difference of {pair.a.name} and {pair.b.name} with its interval", parts))


def scores(groups: Sequence[Group]) -> Any:
    """The score of every seed as a point, a row a group."""
    known = np.concatenate([group.scores for group in groups])
    low, high = float(known.min()), float(known.max())
    room = 0.06 * (high - low) or 1.0
    size = (420.0, 30.0 * len(groups) + 30.0)
    axes = Axes(*size, (low - room, high + room), (0.0, 1.0), margins=(10.0, 10.0, 6.0, 24.0))
    parts = horizontal(axes)
    for place, group in enumerate(groups):
        y = 24 + 30 * place
        parts.append(f'<text class="name" x="10" y="{y - 8}">{_escaped(group.name)}</text>')
        parts += [f'<circle class="score" cx="{x:.1f}" cy="{y}" r="4"/>' for x in axes.across(group.scores)]
        mean = float(axes.across(group.scores.mean()))
        parts.append(f'<path class="mean" d="M{mean:.1f} {y - 8}V{y + 8}"/>')
    return trusted(drawing(size, "scores of every seed", parts))


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
