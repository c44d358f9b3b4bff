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
from rlprobe.view.panes.matrix import per_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.measures.pictures import PictureStats
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.time_step import TimeStep

    Floats = npt.NDArray[np.float64]

PANELS: Final = 24
CLIPPED: Final = (-10.5, 10.5)
"""The range that ``NormalizeAll`` leaves."""
PIXELS: Final = 168
POINTS: Final = 160
BESIDE: Final = 8


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
        made.append(Chart(title, drawing, reach.skip == step.widest > 1))
    return made


def pixel_pictures(picture: PictureStats) -> list[tuple[str, bytes]]:
    """Mean and deviation of every pixel as PNG: colours as one picture, of a stack the newest frame."""
    found = []
    for name, values in (("mean", picture.mean), ("deviation", picture.std)):
        shown, of = _composite(picture, values)
        low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
        known = np.nan_to_num((shown - low) / ((high - low) or 1.0) * 255, nan=128.0).astype(np.uint8)
        colour = np.repeat(known, 3, axis=2) if known.shape[2] == 1 else known[..., :3]
        colour = enlarge(np.ascontiguousarray(colour), _zoom(*colour.shape[:2]))
        found.append((f"{name}{of}: black {low:.3g}, white {high:.3g}", png(colour)))
    return found


def _zoom(height: int, width: int) -> int:
    """Enlargement of a small picture; wide ones may be twice as wide as high ones are high."""
    return max(1, min(PIXELS // height, 2 * PIXELS // width))


def _composite(picture: PictureStats, values: Floats) -> tuple[Floats, str]:
    """Values of pixels as one picture (height, width, 1 or 3), and which part of them it shows.

    Channels that are neither colours nor frames stand beside each other; a row of bytes is folded.
    """
    planes, shape = picture.as_pictures(values), picture.part.shape
    layout = image_layout(shape, np.dtype(np.uint8))
    colours = layout is not None and (picture.part.picture is None or picture.part.picture.kind == "picture")
    frames = TO_FRAMES[layout](values) if layout is not None and colours else np.empty((0, 0, 0, 1))
    if frames.shape[1:3] == planes[0].shape:
        return frames[-1], f" of the newest of {len(frames)} frames" if len(frames) > 1 else ""
    if planes[0].shape[0] == 1:
        return _folded(planes[0].reshape(-1)), ""
    edge = np.full((planes[0].shape[0], 1), np.nan)
    row = [part for plane in planes[:BESIDE] for part in (plane, edge)][:-1]
    more = f" of the first {BESIDE} of {len(planes)} channels" if len(planes) > BESIDE else ""
    return np.concatenate(row, axis=1)[:, :, None], more or f" of {len(planes)} channels"


def _folded(values: Floats) -> Floats:
    """A row of values in a field."""
    across = per_row(len(values))
    page = np.full((-(-len(values) // across), across, 1), np.nan)
    page.reshape(-1)[: len(values)] = values
    return page
