"""The trials over a parameter as SVG, with the fitted curve and its band."""

from __future__ import annotations

from html import escape
from math import log2
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.output.axes import Axes, drawing, levels
from rlprobe.output.html import trusted
from rlprobe.output.numbers import short
from rlprobe.search.statistics.curve import fitted

if TYPE_CHECKING:
    from rlprobe.search.statistics.sensitivity import Effect
    from rlprobe.search.table import Floats, Parameter, Trials

SIZE: Final = (420.0, 220.0)
MARGINS: Final = (52.0, 12.0, 10.0, 24.0)
EDGE: Final = 0.04


def scatter(effect: Effect, trials: Trials) -> Any:
    """A point a trial; results as the study has them, so that small ones are low also where they are good."""
    sign = -1.0 if trials.minimise else 1.0
    values = sign * trials.values
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 1.0
    parameter = effect.parameter
    places = parameter.places
    last = float(max(places.max(), 1.0)) if parameter.is_choice else 1.0
    edge = 0.5 if parameter.is_choice else EDGE
    axes = Axes(*SIZE, (-edge, last + edge), (low - room, high + room), margins=MARGINS)
    parts = [*levels(axes), *_names(axes, effect)]
    curve = fitted(parameter, trials.values)
    if curve is not None:
        kind = "matters" if effect.matters else "unsure"
        parts.append(_area(axes, curve.places, sign * curve.low, sign * curve.high, kind))
        parts.append(
            f'<polyline class="fit {kind}" points="{_points(axes, curve.places, sign * curve.middle)}"/>'
        )
    for x, y in zip(axes.across(places), axes.down(values), strict=True):
        parts.append(f'<circle class="trial" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    return trusted(drawing(SIZE, f"results over {parameter.name}", parts))


def _area(axes: Axes, x: Floats, low: Floats, high: Floats, kind: str) -> str:
    bounded = [np.clip(one, *axes.y) for one in (low, high)]
    there, back = _points(axes, x, bounded[0]), _points(axes, x[::-1], bounded[1][::-1])
    return f'<polygon class="band {kind}" points="{there} {back}"/>'


def _points(axes: Axes, x: Floats, y: Floats) -> str:
    places = zip(axes.across(x), axes.down(np.clip(y, *axes.y)), strict=True)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)


def _marked(parameter: Parameter) -> list[float]:
    """Places of the values below the axis; at powers of two where they are what is chosen from."""
    if parameter.kind != "pow2":
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    first, last = round(log2(parameter.low)), round(log2(parameter.high))
    each = max(1, -(-(last - first) // 6))
    values = np.array([2.0**power for power in range(first, last + 1, each)])
    return [float(place) for place in parameter.place(values)]


def _names(axes: Axes, effect: Effect) -> list[str]:
    """The values of the parameter below the axis."""
    parameter, base = effect.parameter, axes.height - axes.margins[3]
    if parameter.is_choice:
        names = np.unique(parameter.values.astype(str))
        marks = [(float(place), str(name)) for place, name in enumerate(names)]
    else:
        marks = [(place, short(parameter.at(place))) for place in _marked(parameter)]
    parts = [f'<path class="axis" d="M{axes.margins[0]} {base}H{axes.width - axes.margins[1]}"/>']
    for place, words in marks:
        x = float(axes.across(place))
        anchor = "end" if x > axes.width - 30 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{base + 15}" text-anchor="{anchor}">{escape(words)}</text>')
    return parts
