"""The charts of the page: which numbers are drawn, and what each of them is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.report.plot import histogram, paths
from rlprobe.output.html import trusted
from rlprobe.output.png import png
from rlprobe.view.canvas import enlarge
from rlprobe.view.panes.image_axes import TO_FRAMES, image_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.measures.pictures import PictureStats
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.time_step import TimeStep

PANELS: Final = 24
CLIPPED: Final = (-10.5, 10.5)
"""The range that ``NormalizeAll`` leaves."""
PIXELS: Final = 168
POINTS: Final = 160


@dataclass(frozen=True)
class Chart:
    """A drawing under its title.

    Args:
        title: in words.
        drawing: SVG.
        emphasis: whether it is the one to look at.
    """

    title: str
    drawing: Any
    emphasis: bool = False


def returns_charts(life: Life) -> list[Chart]:
    """Histograms of returns and lengths, with the best and the median episode marked."""
    episodes = {"median": life.median, "best": life.best}
    made = []
    for title, counted, value in (
        ("returns of the episodes", life.histogram, "earned"),
        ("lengths of the episodes, in steps", life.length_histogram, "length"),
    ):
        marks = [(name, float(getattr(e, value))) for name, e in episodes.items() if e is not None]
        drawing = histogram(counted, label=f"histogram: {title}", marks=marks, size=(360, 150))
        made.append(Chart(title, trusted(drawing)))
    return made


def component_charts(components: Sequence[Component], *, after: bool) -> list[Chart]:
    """Histograms of components: as they are, or as ``NormalizeAll`` makes them."""
    made = []
    for c in components:
        label = f"histogram of {c.name}" + (" after NormalizeAll" if after else "")
        drawing = histogram(
            c.after if after else c.histogram,
            label=label,
            kind="after" if after else "",
            log=True,
            span=CLIPPED if after else None,
            size=(200, 110),
        )
        made.append(Chart(c.name, trusted(drawing)))
    return made


def reward_charts(reward: Component) -> list[Chart]:
    """Histograms of the reward as it is, and as ``RewardScale`` makes it."""
    parts = (("reward", reward.histogram, ""), ("after RewardScale", reward.after, "after"))
    return [
        Chart(
            title,
            trusted(histogram(counted, label=f"histogram: {title}", kind=kind, log=True, size=(360, 120))),
        )
        for title, counted, kind in parts
    ]


def path_charts(step: TimeStep) -> list[Chart]:
    """Paths of random play in the plane of the first two principal components, one per frame skip."""
    points = np.concatenate([p for r in step.reaches for p in r.paths])
    low, high = np.quantile(points, 0.002, axis=0), np.quantile(points, 0.998, axis=0)
    pad = 0.05 * np.where(high > low, high - low, 1.0)
    low, high = low - pad, high + pad
    span = ((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
    made = []
    for reach in step.reaches:
        lines = [path[:: max(1, len(path) // POINTS)] for path in reach.paths]
        title = f"skip {reach.skip}"
        drawing = trusted(paths(lines, span, f"paths of random play, {title}"))
        made.append(Chart(title, drawing, reach.skip == step.widest))
    return made


def pixel_pictures(picture: PictureStats) -> list[tuple[str, bytes]]:
    """Mean and deviation of every pixel as PNG: colours as one picture, of a stack the newest frame."""
    shape = picture.part.shape
    layout = image_layout(shape, np.dtype(np.uint8))
    found = []
    for name, values in (("mean", picture.mean), ("deviation", picture.std)):
        frames = values.reshape(1, 1, -1, 1) if layout is None else TO_FRAMES[layout](values)
        frame = frames[-1]
        low, high = float(frame.min()), float(frame.max())
        grey = ((frame - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
        colour = np.repeat(grey, 3, axis=2) if grey.shape[2] == 1 else grey[..., :3]
        colour = enlarge(np.ascontiguousarray(colour), max(1, PIXELS // max(colour.shape[:2])))
        of = f" of the newest of {len(frames)} frames" if len(frames) > 1 else ""
        found.append((f"{name}{of}: black {low:.3g}, white {high:.3g}", png(colour)))
    return found
