"""The process as an SVG in the colour of the text around it, for pages in light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from probe_envs.drawing.diagram import LETTER, LINE, Diagram, Label, diagram
from probe_envs.drawing.graph import graph

if TYPE_CHECKING:
    from probe_envs.drawing.diagram import Curve
    from probe_envs.dynamics import Dynamics

HEAD, ROOM = 8.0, 4.0
STYLE = (
    "font-family:system-ui,sans-serif;fill:none;stroke:currentColor;stroke-width:1.2;"
    "max-width:none;color:inherit"
)
TEXT = (
    'fill="currentColor" stroke="var(--diagram-paper, Canvas)" stroke-width="4" paint-order="stroke" '
    'font-size="13"'
)
MIDDLE = 'text-anchor="middle" fill="currentColor" stroke="none"'


def svg(dynamics: Dynamics) -> str:
    """The graph of the process as one ``<svg>`` element.

    Lines and letters have the colour of the text around it; letters are set off from lines by the CSS
    variable ``--diagram-paper``.

    >>> from probe_envs import probe
    >>> from probe_envs.dynamics import Dynamics
    >>> svg(Dynamics(probe("Constant").mdp())).startswith("<svg ")
    True
    """
    drawn = diagram(graph(dynamics))
    states = range(len(drawn.names) - (not drawn.end_shown))
    parts = [_arrow(curve, drawn.radius) for curve in drawn.arrows.values()]
    parts += [_node(drawn, state) for state in states]
    parts += [_label(label) for label in drawn.labels]
    left, top, width, height = _box(drawn)
    if dynamics.mdp.time_limit:
        words = f"truncated after {dynamics.mdp.time_limit} steps"
        parts.append(_label(Label((words,), left + 4, top + height + LINE, centred=False)))
        width, height = max(width, LETTER * len(words)), height + 2 * LINE
    size = (
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}"'
    )
    title = f"graph of states {', '.join(drawn.names[:12])}"
    return f'<svg {size} role="img" aria-label="{escape(title)}" style="{STYLE}">{"".join(parts)}</svg>'


def _box(drawn: Diagram) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is drawn, with a little room around it."""
    points = drawn.points if drawn.end_shown else drawn.points[:-1]
    corners = [points - drawn.radius, points + drawn.radius, *drawn.arrows.values()]
    for label in drawn.labels:
        width = LETTER * max(map(len, label.lines))
        left = label.x - width / 2 if label.centred else label.x
        corners.append(np.array([(left, label.y - LINE * len(label.lines)), (left + width, label.y + 3)]))
    low, high = np.concatenate(corners).min(axis=0) - ROOM, np.concatenate(corners).max(axis=0) + ROOM
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _node(drawn: Diagram, state: int) -> str:
    (x, y), r, end = drawn.points[state], drawn.radius, state == len(drawn.names) - 1
    fill = 'fill="var(--diagram-fill, rgba(128, 140, 170, .15))"'
    if end:
        shape = "".join(
            f'<rect x="{x - s:g}" y="{y - s:g}" width="{2 * s}" height="{2 * s}" {look}/>'
            for s, look in ((max(r - 2, 6), fill), (max(r - 5, 4), ""))
        )
    else:
        shape = f'<circle cx="{x:g}" cy="{y:g}" r="{r}" {fill}/>'
    if r < 14:
        return shape
    name = drawn.names[state]
    size = min(15, 3.2 * r / max(len(name), 2))
    place = f'x="{x:g}" y="{y + 0.35 * size:.1f}" font-size="{size:.1f}"'
    return f"{shape}<text {place} {MIDDLE}>{escape(name)}</text>"


def _arrow(curve: Curve, radius: int) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in curve)
    back = curve[-1] - curve[-min(4, len(curve))]
    along = back / np.hypot(*back) * min(HEAD, 0.5 * radius)
    across = 0.4 * np.array([-along[1], along[0]])
    head = [curve[-1], curve[-1] - along + across, curve[-1] - along - across]
    tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in head)
    return f'<polyline points="{points}"/><polygon points="{tip}" fill="currentColor"/>'


def _label(label: Label) -> str:
    anchor = ' text-anchor="middle"' if label.centred else ""
    return "".join(
        f'<text x="{label.x:.1f}" y="{label.y - LINE * k:.1f}"{anchor} {TEXT}>{escape(line)}</text>'
        for k, line in enumerate(reversed(label.lines))
    )
