"""A graph in pixels: circles, arrows and labels, which the picture and the SVG draw alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.drawing.graph import Graph

    Curve = NDArray[np.float64]

MARGIN, FOOT = 48, 40
LINE = 14
"""Pixels from one line of a label to the next."""
LETTER = 7.2
"""Pixels a letter of a label takes at most, on average."""
LANE = 26
"""Pixels between two arrows that run below the states."""
MOST_EDGES_WITH_TEXT = 40
CORNER = 12.0


@dataclass(frozen=True)
class Label:
    """Lines of text: the last one ends at ``y``, and each is centred at ``x`` or begins there."""

    lines: tuple[str, ...]
    x: float
    y: float
    centred: bool = True


@dataclass(frozen=True, eq=False)
class Diagram:
    """A graph in pixels.

    Args:
        names: one per state; ``END`` last.
        points: ``(S + 1, 2)`` centre of each.
        radius: of the circles.
        size: width and height.
        arrows: ``{(source, target): (n, 2) points}``, from border to border; a source of -1 is the start.
        labels: what stands beside the arrows.
        end_shown: whether anything leads to ``END``.
    """

    names: tuple[str, ...]
    points: NDArray[np.float64]
    radius: int
    size: tuple[int, int]
    arrows: dict[tuple[int, int], Curve]
    labels: tuple[Label, ...]
    end_shown: bool


def diagram(graph: Graph) -> Diagram:
    """Lay out ``graph``: wide when there is little to show, dense when there is much."""
    low, spans = graph.places.min(axis=0), np.ptp(graph.places, axis=0)
    longest = max(len(line) for lines in graph.edges.values() for line in lines)
    roomy = 170 if graph.grid else np.clip(80 + LETTER * longest + 12 * spans[1], 110, 180)
    gap_x = float(np.clip(880 / max(spans[0], 1), 18, roomy))
    gap_y = float(np.clip(560 / max(spans[1], 1), 18, 110))
    radius = int(min(26, 0.36 * min(gap_x, gap_y)))
    lines = max(len(lines) for lines in graph.edges.values())
    loops = any(source == target for source, target in graph.edges)
    lanes = _lanes(graph)
    above = MARGIN + max(radius, LINE * lines) + 2 * radius * loops
    width = max(480, spans[0] * gap_x + 4 * MARGIN)
    height = max(200, spans[1] * gap_y + above + MARGIN + LANE * len(lanes) + FOOT)
    size = 16 * math.ceil(width / 16), 16 * math.ceil(height / 16)
    origin = np.array([(size[0] - spans[0] * gap_x) / 2, above])
    points = np.rint((graph.places - low) * (gap_x, gap_y) + origin)
    return _Pen(graph, points, radius, lanes).finished(size)


def _lanes(graph: Graph) -> dict[tuple[int, int], int]:
    """The arrows that pass other states or lead back, each with the lane below all states in which it runs.

    The shortest get the upper lanes, and end leftmost at their target, so that none crosses another.
    """
    far = {edge: graph.places[edge[1]][0] - graph.places[edge[0]][0] for edge in graph.edges}
    passing = [] if graph.grid else [edge for edge, columns in far.items() if columns < 0 or columns > 1]
    return {edge: lane for lane, edge in enumerate(sorted(passing, key=lambda edge: abs(far[edge])))}


class _Pen:
    """Draws the arrows and labels of one graph."""

    def __init__(self, graph: Graph, points: Curve, radius: int, lanes: dict[tuple[int, int], int]) -> None:
        self.graph, self.points, self.radius, self.lanes = graph, points, radius, lanes
        self.arrows: dict[tuple[int, int], Curve] = {}
        self.labels: list[Label] = []

    def finished(self, size: tuple[int, int]) -> Diagram:
        """All arrows and labels."""
        wordy = len(self.graph.edges) <= MOST_EDGES_WITH_TEXT
        for (source, target), lines in self.graph.edges.items():
            self._edge(source, target, tuple(lines) if wordy else ())
        for state, chance in self.graph.starts.items():
            self._start(state, chance)
        end = len(self.graph.names) - 1
        shown = any(target == end for _, target in self.graph.edges)
        return Diagram(
            self.graph.names, self.points, self.radius, size, self.arrows, tuple(self.labels), shown
        )

    def _edge(self, source: int, target: int, lines: tuple[str, ...]) -> None:
        if source == target:
            self._loop(source, lines)
        elif (source, target) in self.lanes:
            self._below(source, target, lines)
        elif self.graph.grid or self.points[source][1] == self.points[target][1]:
            self._straight(source, target, lines)
        else:
            self._curved(source, target, lines)

    def _straight(self, source: int, target: int, lines: tuple[str, ...]) -> None:
        a, b = self.points[source], self.points[target]
        along = (b - a) / np.hypot(*(b - a))
        self.arrows[source, target] = np.array([a + self.radius * along, b - (self.radius + 2) * along])
        aslant = a[0] != b[0] and a[1] != b[1]
        x, y = a + (0.3 if aslant else 0.5) * (b - a)
        self._label(lines, x, y - 6 if a[1] == b[1] else y + LINE * (len(lines) - 1) / 2 + 5)

    def _curved(self, source: int, target: int, lines: tuple[str, ...]) -> None:
        """Level where it leaves and where it arrives; the label stands where fewer arrows come together."""
        leaving = [t for s, t in self.graph.edges if s == source and t != s and (s, t) not in self.lanes]
        arriving = [s for s, t in self.graph.edges if t == target and t != s and (s, t) not in self.lanes]
        r = self.radius
        a = self.points[source] + (r, self._offset(target, leaving))
        b = self.points[target] + (-r - 2, self._offset(source, arriving))
        early, down = len(arriving) >= len(leaving), b[1] > a[1]
        level = np.array([b[0] - a[0], 0.0])
        t, bends = np.linspace(0, 1, 33)[:, None], (0.8, 0.4) if early else (0.4, 0.8)
        inner = 3 * t * (1 - t) ** 2 * (a + bends[0] * level) + 3 * t**2 * (1 - t) * (b - bends[1] * level)
        self.arrows[source, target] = (1 - t) ** 3 * a + inner + t**3 * b
        width = LETTER * max(map(len, lines), default=0)
        x, y = (a[0] + 8 + width / 2, a[1]) if early else (b[0] - 12 - width / 2, b[1])
        self._label(lines, x, y - 6 if early == down else y + 1 + LINE * len(lines))

    def _offset(self, other: int, all_of_them: list[int]) -> float:
        """How far from the middle of a state the arrow to or from ``other`` meets it, by their order."""
        ranked = sorted(all_of_them, key=lambda state: self.points[state][1])
        return (ranked.index(other) - (len(ranked) - 1) / 2) * min(10.0, 1.2 * self.radius / len(ranked))

    def _below(self, source: int, target: int, lines: tuple[str, ...]) -> None:
        """Down, along a lane below all states, and up."""
        lane, (a, b) = self.lanes[source, target], (self.points[source], self.points[target])
        same = [edge for edge in self.lanes if edge[1] == target]
        shift = (same.index((source, target)) - (len(same) - 1) / 2) * 1.6 * self.radius / max(len(same), 2)
        y = self.points[:, 1].max() + self.radius + LANE * (lane + 0.9)
        foot = b[1] + self.radius + 2
        corners = np.array([(a[0], a[1] + self.radius), (a[0], y), (b[0] + shift, y), (b[0] + shift, foot)])
        self.arrows[source, target] = _rounded(corners)
        self._label(lines, a[0] + 8, y - 6, centred=False)

    def _loop(self, state: int, lines: tuple[str, ...]) -> None:
        (x, y), r = self.points[state], self.radius
        angles = np.radians(np.linspace(230, -50, 65))
        curve = np.stack([x + 0.7 * r * np.cos(angles), y - 1.45 * r + 0.7 * r * -np.sin(angles)], axis=1)
        self.arrows[state, state] = curve[np.hypot(curve[:, 0] - x, curve[:, 1] - y) > r]
        self._label(lines, x, y - 2.15 * r - 6)

    def _start(self, state: int, chance: float) -> None:
        """From the left, or from above where another arrow arrives from the left."""
        (x, y), r = self.points[state], self.radius
        word = "start" if chance == 1 else f"p={chance:.2g}"
        busy = any(t == state and s != t for s, t in self.graph.edges)
        if busy:
            self.arrows[-1, state] = np.array([(x, y - r - 26), (x, y - r - 1)])
            self._start_label(word, x, y - r - 30, centred=True)
        else:
            self.arrows[-1, state] = np.array([(x - r - 26, y), (x - r - 1, y)])
            self._start_label(word, x - r - 24, y - 7, centred=True)

    def _start_label(self, word: str, x: float, y: float, *, centred: bool) -> None:
        if self.radius >= 12:
            self._label((word,), x, y, centred=centred)

    def _label(self, lines: tuple[str, ...], x: float, y: float, *, centred: bool = True) -> None:
        if lines:
            self.labels.append(Label(lines, float(x), float(y), centred))


def _rounded(corners: Curve) -> Curve:
    """The way along ``corners`` with each inner one rounded off."""
    t = np.linspace(0, 1, 9)[:, None]
    pieces = [corners[:1]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        a, b = (corner + (p - corner) * min(0.5, CORNER / np.hypot(*(p - corner))) for p in (before, after))
        pieces.append((1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b)
    return np.concatenate([*pieces, corners[-1:]])
