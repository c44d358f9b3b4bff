"""The charts of the page, as SVG that reads on light and dark ground."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.extras import need
from rlprobe.output.png import png

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.measures.pictures import PictureStats
    from rlprobe.inspection.sections.life import Life
    from rlprobe.inspection.sections.time_step import TimeStep

INK, BEFORE, AFTER = "#888888", "#3b82c4", "#d9822b"
PANELS: Final = 24
COLUMNS: Final = 3


def returns_chart(life: Life) -> str:
    """Histograms of returns and lengths, with the best and the median episode marked."""
    figure, axes = _figure(2, 2, 2.4)
    marks = {"best": life.best, "median": life.median}
    for ax, histogram, name, value in (
        (axes[0], life.histogram, "return", "earned"),
        (axes[1], life.length_histogram, "length", "length"),
    ):
        _bars(ax, histogram, BEFORE)
        ax.set_xlabel(name, color=INK)
        ax.set_ylabel("episodes", color=INK)
        for style, (label, episode) in zip(("-", ":"), marks.items(), strict=True):
            if episode is not None:
                ax.axvline(getattr(episode, value), color=AFTER, linestyle=style, label=label)
    axes[0].legend(frameon=False, labelcolor=INK, fontsize=8)
    return _svg(figure)


def components_chart(components: tuple[Component, ...], *, after: bool) -> str:
    """Histograms of up to 24 components: as they are, or as ``NormalizeAll`` makes them."""
    shown = components[:PANELS]
    figure, axes = _figure(len(shown), COLUMNS, 1.5)
    for ax, c in zip(axes, shown, strict=True):
        _bars(ax, c.after if after else c.histogram, AFTER if after else BEFORE)
        ax.set_title(c.name, color=INK, fontsize=8)
        _logarithmic(ax)
        if after:
            ax.set_xlim(-10.5, 10.5)
    return _svg(figure)


def reward_chart(reward: Component) -> str:
    """Histograms of the reward as it is, and as ``RewardScale`` makes it."""
    figure, (before, after) = _figure(2, 2, 1.6)
    _bars(before, reward.histogram, BEFORE)
    _bars(after, reward.after, AFTER)
    for ax, title in ((before, "reward"), (after, "reward after RewardScale")):
        ax.set_title(title, color=INK, fontsize=8)
        _logarithmic(ax)
    return _svg(figure)


def paths_chart(step: TimeStep) -> str:
    """Paths of random play in the plane of the first two principal components, one panel per frame skip."""
    figure, axes = _figure(len(step.reaches), len(step.reaches), 2.0)
    points = np.concatenate([p for r in step.reaches for p in r.paths])
    low, high = np.quantile(points, 0.002, axis=0), np.quantile(points, 0.998, axis=0)
    pad = 0.05 * np.where(high > low, high - low, 1.0)
    for ax, reach in zip(axes, step.reaches, strict=True):
        for path in reach.paths:
            thinned = path[:: max(1, len(path) // 400)]
            ax.plot(thinned[:, 0], thinned[:, 1], linewidth=0.6, color=BEFORE, alpha=0.7)
        ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
        ax.set_ylim(low[1] - pad[1], high[1] + pad[1])
        ax.set_title(f"skip {reach.skip}", color=AFTER if reach.skip == step.widest else INK, fontsize=9)
        ax.set_xticks([])
        ax.set_yticks([])
    return _svg(figure)


def pixel_pictures(picture: PictureStats) -> list[tuple[str, bytes]]:
    """Mean and deviation of each pixel as PNG, one pair per channel up to four."""
    found = []
    for name, values in (("mean", picture.mean), ("deviation", picture.std)):
        for channel, plane in enumerate(picture.as_pictures(values)[:4]):
            low, high = float(plane.min()), float(plane.max())
            grey = ((plane - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
            times = max(1, 160 // max(grey.shape))
            grey = np.repeat(np.repeat(grey, times, axis=0), times, axis=1)
            caption = f"{name}, channel {channel}: {low:.3g} to {high:.3g}"
            found.append((caption, png(np.repeat(grey[:, :, None], 3, axis=2))))
    return found


def _figure(panels: int, columns: int, height: float) -> tuple[Any, list[Any]]:
    """A transparent figure with so many panels."""
    need("matplotlib", "an HTML report")
    from matplotlib.figure import Figure

    columns = max(1, min(columns, panels))
    rows = -(-max(panels, 1) // columns)
    tall = height * rows + 0.3
    figure = Figure(figsize=(9, tall))
    # room for tick labels and titles in inches: working it out from every text takes seconds
    figure.subplots_adjust(
        0.06, 0.45 / tall, 0.99, 1 - 0.25 / tall, wspace=0.22, hspace=0.5 / (height - 0.45)
    )
    figure.patch.set_alpha(0)
    axes = [figure.add_subplot(rows, columns, i + 1) for i in range(panels)]
    for ax in axes:
        ax.patch.set_alpha(0)
        ax.tick_params(colors=INK, labelsize=7)
        ax.locator_params(nbins=5)
        for spine in ax.spines.values():
            spine.set_color(INK)
            spine.set_linewidth(0.5)
    return figure, axes


def _logarithmic(ax: Any) -> None:
    """Count on a logarithmic scale, marked at a few powers of ten."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_yscale("log")
    ax.set_ylim(bottom=0.7)
    ax.yaxis.set_major_locator(LogLocator(numticks=5))
    ax.yaxis.set_minor_locator(NullLocator())


def _bars(ax: Any, histogram: tuple[npt.NDArray[Any], npt.NDArray[Any]], colour: str) -> None:
    edges, counts = histogram
    if len(counts):
        ax.stairs(counts, edges, fill=True, color=colour)
    if len(counts) == 1:
        ax.set_xticks([float(edges[0])])


def _svg(figure: Any) -> str:
    from matplotlib import rc_context

    target = io.StringIO()
    with rc_context({"svg.hashsalt": "rlprobe", "svg.fonttype": "path"}):
        figure.savefig(target, format="svg", transparent=True, metadata={"Date": None})
    return target.getvalue()
