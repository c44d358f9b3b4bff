"""``render_mode="rgb_array"``: the process as a graph, with the current state marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.drawing.graph import Moment, caption, graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics

PAPER, INK, FAINT = (255, 255, 255), (40, 44, 52), (150, 156, 166)
CALM, HERE, LAST = (228, 236, 247), (255, 170, 51), (214, 218, 224)
MARGIN, FOOT = 48, 40
MOST_EDGES_WITH_TEXT = 40

Point = tuple[int, int]


class Picture:
    """Draws the moments of one process; what never changes is drawn once.

    Raises:
        ImportError: OpenCV is not installed; the message holds the command that installs it.
    """

    def __init__(self, dynamics: Dynamics) -> None:
        self._cv2 = _opencv()
        self._dynamics = dynamics
        self._graph = graph(dynamics)
        self._spread()
        self._blank = np.full((*self._size, 3), PAPER, dtype=np.uint8)
        wordy = len(self._graph.edges) <= MOST_EDGES_WITH_TEXT
        for (source, target), lines in self._graph.edges.items():
            self._edge(source, target, lines if wordy else [])
        for state, chance in self._graph.starts.items():
            self._start(state, chance)
        ends = any(target == dynamics.table.end for _, target in self._graph.edges)
        for state in range(len(self._graph.names) - (not ends)):
            self._node(self._blank, state, CALM)

    def __call__(self, code: int, moment: Moment) -> NDArray[np.uint8]:
        """The picture at ``code``, ``(height, width, 3)``."""
        frame = self._blank.copy()
        self._node(frame, self._dynamics.place(code), HERE)
        height = self._size[0]
        self._cv2.line(frame, (0, height - FOOT), (self._size[1], height - FOOT), LAST, 1)
        self._text(
            frame, caption(self._dynamics, code, moment), (self._size[1] // 2, height - FOOT // 2), 0.5
        )
        return frame

    def _spread(self) -> None:
        """Pixels from columns and rows: wide when there is little to show, dense when there is much."""
        places = self._graph.places
        low, spans = places.min(axis=0), np.ptp(places, axis=0)
        lines = max(len(lines) for lines in self._graph.edges.values())
        gap_x = float(np.clip(880 / max(spans[0], 1), 18, 170))
        gap_y = float(np.clip(560 / max(spans[1], 1), 18, 110))
        self._radius = int(min(26, 0.36 * min(gap_x, gap_y)))
        bulge = self._bulge(spans[0]) if self._arched() else 0
        loops = any(source == target for source, target in self._graph.edges)
        above = MARGIN + max(self._radius, 14 * lines) + 2 * self._radius * loops
        width = max(480, spans[0] * gap_x + 4 * MARGIN)
        height = max(200, spans[1] * gap_y + above + MARGIN + bulge + FOOT)
        self._size = (16 * math.ceil(height / 16), 16 * math.ceil(width / 16))
        origin = np.array([(self._size[1] - spans[0] * gap_x) / 2, above])
        self._points = np.rint((places - low) * (gap_x, gap_y) + origin).astype(int)

    def _arched(self) -> bool:
        places = self._graph.places
        return any(
            places[b][0] - places[a][0] > 1 and places[a][1] == places[b][1] for a, b in self._graph.edges
        )

    @staticmethod
    def _bulge(columns: float) -> int:
        return int(min(120, 14 + 14 * columns))

    def _at(self, state: int) -> Point:
        x, y = self._points[state].tolist()
        return x, y

    def _node(self, frame: NDArray[np.uint8], state: int, fill: tuple[int, int, int]) -> None:
        cv2, (x, y), r = self._cv2, self._at(state), self._radius
        if state == self._dynamics.table.end:
            r = max(r - 2, 10)
            cv2.rectangle(frame, (x - r, y - r), (x + r, y + r), fill, -1)
            cv2.rectangle(frame, (x - r, y - r), (x + r, y + r), INK, 1, cv2.LINE_AA)
            cv2.rectangle(frame, (x - r + 3, y - r + 3), (x + r - 3, y + r - 3), INK, 1, cv2.LINE_AA)
        else:
            cv2.circle(frame, (x, y), r, fill, -1, cv2.LINE_AA)
            cv2.circle(frame, (x, y), r, INK if r > 8 else FAINT, 1, cv2.LINE_AA)
        name = self._graph.names[state]
        if r >= 14:
            self._text(frame, name, (x, y), min(0.5, 0.095 * r / max(len(name), 2)))

    def _start(self, state: int, chance: float) -> None:
        x, y = self._at(state)
        tail, tip = (x - self._radius - 26, y), (x - self._radius - 1, y)
        self._cv2.arrowedLine(self._blank, tail, tip, INK, 1, self._cv2.LINE_AA, tipLength=0.3)
        word = "start" if chance == 1 else f"p={chance:.2g}"
        if self._radius >= 12:
            self._text(self._blank, word, (x - self._radius - 24, y - 12), 0.38)

    def _edge(self, source: int, target: int, lines: list[str]) -> None:
        if source == target:
            self._loop(source, lines)
            return
        a, b = self._points[source].astype(float), self._points[target].astype(float)
        columns = self._graph.places[target][0] - self._graph.places[source][0]
        bulge = 2.0 * self._bulge(columns) if columns > 1 and a[1] == b[1] else 0.0
        middle = (a + b) / 2 + (0.0, bulge)
        t = np.linspace(0, 1, 65)[:, None]
        curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
        away = np.hypot(*(curve - a).T), np.hypot(*(curve - b).T)
        curve = curve[(away[0] > self._radius) & (away[1] > self._radius + 2)]
        if len(curve) > 1:
            self._arrow(curve if bulge else curve[[0, -1]])
        aslant = a[0] != b[0] and a[1] != b[1]
        part = min(0.5, 0.2 + 0.1 * len(lines)) if aslant else 0.5
        spot = (a + 2 * middle + b) / 4 if bulge else a + part * (b - a)
        self._lines(lines, (int(spot[0]), int(spot[1]) - 9))

    def _loop(self, state: int, lines: list[str]) -> None:
        (x, y), r = self._at(state), self._radius
        angles = np.radians(np.linspace(230, -50, 65))
        curve = np.stack([x + 0.7 * r * np.cos(angles), y - 1.45 * r + 0.7 * r * -np.sin(angles)], axis=1)
        beyond = np.hypot(curve[:, 0] - x, curve[:, 1] - y) > r
        self._arrow(curve[beyond])
        self._lines(lines, (x, y - int(2.15 * r) - 12))

    def _arrow(self, curve: NDArray[np.float64]) -> None:
        cv2, colour = self._cv2, INK if self._radius > 8 else FAINT
        points = np.rint(curve).astype(np.int32)
        cv2.polylines(self._blank, [points.reshape(-1, 1, 2)], False, colour, 1, cv2.LINE_AA)  # noqa: FBT003
        back = curve[-1] - curve[-min(4, len(curve))]
        angle, size = math.atan2(back[1], back[0]), min(9.0, 0.5 * self._radius)
        tips = [curve[-1]] + [
            curve[-1] - size * np.array([math.cos(angle + side), math.sin(angle + side)])
            for side in (0.4, -0.4)
        ]
        cv2.fillPoly(self._blank, [np.rint(tips).astype(np.int32)], colour, cv2.LINE_AA)

    def _lines(self, lines: list[str], foot: Point) -> None:
        for k, line in enumerate(reversed(lines)):
            self._text(self._blank, line, (foot[0], foot[1] - 14 * k), 0.4, behind=True)

    def _text(
        self, frame: NDArray[np.uint8], text: str, centre: Point, size: float, *, behind: bool = False
    ) -> None:
        cv2, font = self._cv2, self._cv2.FONT_HERSHEY_SIMPLEX
        (width, height), _ = cv2.getTextSize(text, font, size, 1)
        x, y = centre[0] - width // 2, centre[1] + height // 2
        if behind:
            cv2.rectangle(frame, (x - 2, y - height - 2), (x + width + 2, y + 3), PAPER, -1)
        cv2.putText(frame, text, (x, y), font, size, INK, 1, cv2.LINE_AA)


def _opencv() -> Any:
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise ImportError(
            "render_mode='rgb_array' of a probe needs OpenCV: pip install 'gymnasium-rlprobe[play]'; "
            "render_mode='ansi' works without"
        ) from error
    return cv2
