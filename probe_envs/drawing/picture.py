"""``render_mode="rgb_array"``: the process as a graph, with the current state marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.drawing.diagram import FOOT, LINE, Label, diagram
from probe_envs.drawing.graph import Moment, caption, graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics

PAPER, INK, FAINT = (255, 255, 255), (40, 44, 52), (150, 156, 166)
CALM, HERE, LAST = (228, 236, 247), (255, 170, 51), (214, 218, 224)

Point = tuple[int, int]


class Picture:
    """Draws the moments of one process; what never changes is drawn once.

    Raises:
        ImportError: OpenCV is not installed; the message holds the command that installs it.
    """

    def __init__(self, dynamics: Dynamics) -> None:
        self._cv2 = _opencv()
        self._dynamics = dynamics
        self._drawn = diagram(graph(dynamics))
        self._radius = self._drawn.radius
        self._size = self._drawn.size[::-1]
        self._blank = np.full((*self._size, 3), PAPER, dtype=np.uint8)
        for curve in self._drawn.arrows.values():
            self._arrow(curve)
        for label in self._drawn.labels:
            self._label(label)
        for state in range(len(self._drawn.names) - (not self._drawn.end_shown)):
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

    def _at(self, state: int) -> Point:
        x, y = self._drawn.points[state].tolist()
        return int(x), int(y)

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
        name = self._drawn.names[state]
        if r >= 14:
            self._text(frame, name, (x, y), min(0.5, 0.095 * r / max(len(name), 2)))

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

    def _label(self, label: Label) -> None:
        for k, line in enumerate(reversed(label.lines)):
            (width, height), _ = self._cv2.getTextSize(line, self._cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
            middle = label.x if label.centred else label.x + width / 2
            self._text(
                self._blank, line, (int(middle), int(label.y - LINE * k - height / 2)), 0.4, behind=True
            )

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
