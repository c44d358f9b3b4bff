"""Running statistics as a picture: mean and standard deviation of each component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.stats.running import RunningStats


def draw(stats: RunningStats, axes: Any = None) -> Any:
    """Draw the mean of each component with a bar of one standard deviation to either side.

    Args:
        stats: what to draw.
        axes: Matplotlib axes; new ones by default.

    Returns:
        The axes.

    Raises:
        rlprobe.extras.MissingExtraError: Matplotlib is not installed.
    """
    if axes is None:
        need("matplotlib", "drawing statistics")
        from matplotlib.figure import Figure

        axes = Figure(figsize=(7, 3.5), layout="constrained").add_subplot()
    start = 0
    for leaf, moments in stats.pairs():
        places = np.arange(start, start + moments.size)
        means, stds = moments.mean.reshape(-1), moments.std.reshape(-1)
        label = f"{leaf.label} ({moments.count // leaf.per_sample} samples)"
        axes.errorbar(places, means, yerr=stds, fmt="o", markersize=3, capsize=2, label=label)
        start += moments.size
    axes.set_xlabel("component")
    axes.set_ylabel("mean and standard deviation")
    axes.legend()
    return axes
