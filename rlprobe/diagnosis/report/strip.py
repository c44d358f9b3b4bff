"""The expected, learned and predicted value of one state on a number line, as a small SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT, MARGIN = 168, 18, 8


def strip(expected: float, learned: float, predicted: float, scale: NDArray[np.float64]) -> str:
    """An SVG with a ring at ``expected``, a dot at ``learned`` and a square at ``predicted``.

    Args:
        expected: the exact value.
        learned: what the agent learned.
        predicted: what a fault predicts; NaN if it predicts nothing.
        scale: ``(n,)`` numbers that set the range of the line; the states of one probe share it.

    >>> strip(10.0, 2.7, 2.7, np.array([10.0, 2.7])).count("<circle")
    2
    """
    finite = scale[np.isfinite(scale)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    marks = [f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="9" y2="9" class="axis"/>']
    if np.isfinite(predicted):
        marks.append(f'<rect x="{_place(predicted, low, high) - 6:.1f}" y="3" width="12" height="12" class="predicted"/>')  # noqa: E501  # fmt: skip
    if np.isfinite(expected):
        marks.append(f'<circle cx="{_place(expected, low, high):.1f}" cy="9" r="5" class="expected"/>')
    if np.isfinite(learned):
        marks.append(f'<circle cx="{_place(learned, low, high):.1f}" cy="9" r="3" class="learned"/>')
    return f'<svg class="strip" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">{"".join(marks)}</svg>'


def _place(value: float, low: float, high: float) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * ((value - low) / (high - low) if high > low else 0.5)
