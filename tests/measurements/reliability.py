"""A reliability diagram: how often names are right, beside the confidence with which they were given.

Every name of every report counts, not only the first one, so that small confidences are tested too.
Source: Niculescu-Mizil and Caruana (2005), Predicting good probabilities with supervised learning.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EDGES = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01)
INK, RIGHT, GRID = "#1f2933", "#0f766e", "#d5dbe1"


def bins(given: Sequence[tuple[float, bool]]) -> list[tuple[float, Share]]:
    """Of each bin that is not empty: the mean confidence, and how many names were right.

    Args:
        given: the confidence of each name, and whether it was right.
    """
    rows = []
    for low, high in pairwise(EDGES):
        inside = [(confidence, right) for confidence, right in given if low <= confidence < high]
        if inside:
            mean = float(np.mean([confidence for confidence, _ in inside]))
            rows.append((mean, Share(sum(right for _, right in inside), len(inside))))
    return rows


def draw(given: Sequence[tuple[float, bool]], path: Path) -> None:
    """Write the diagram as a PNG; points on the line are what perfect confidences would give."""
    figure = Figure(figsize=(5.2, 4.8), layout="constrained", facecolor="white")
    axes: Any = figure.add_subplot()
    line = {"color": INK, "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": 1}
    axes.plot([0, 100], [0, 100], label="a perfect confidence", **line)
    axes.plot([], [], "o", color=RIGHT, label="measured, with 95 % interval")
    axes.legend(loc="lower right", fontsize=9, frameon=False)
    for mean, found in bins(given):
        x, y = 100 * mean, 100 * found.value
        axes.vlines(x, 100 * found.low, 100 * found.high, color=RIGHT, linewidth=2.5, alpha=0.45, zorder=2)
        axes.plot(x, y, "o", color=RIGHT, markersize=8, zorder=3)
        aside = (9, -4) if x < 85 else (-9, -4)
        axes.annotate(
            f"{found.hits} of {found.total}",
            (x, y),
            aside,
            textcoords="offset points",
            ha="left" if x < 85 else "right",
            fontsize=9,
            color=INK,
        )
    axes.set(
        xlim=(-3, 103),
        ylim=(-3, 103),
        xlabel="confidence of a name, %",
        ylabel="such names that are right, %",
    )
    axes.set_title("How often names are right", fontsize=11, color=INK, loc="left", fontweight="bold")
    axes.grid(color=GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_aspect("equal")
    figure.savefig(path, dpi=130)
