"""Running statistics as a picture: mean and standard deviation of each component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments


def draw(pairs: Iterable[tuple[Leaf, Moments]], axes: Any = None) -> Any:
    """Draw the mean of each component with a bar of one standard deviation to either side.

    Args:
        pairs: every array of the statistics with its moments.
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
    for leaf, moments in pairs:
        places = np.arange(start, start + moments.size)
        means, stds = moments.mean.reshape(-1), moments.std.reshape(-1)
        label = f"{leaf.label} ({moments.state.n // leaf.per_sample} samples)"
        axes.errorbar(places, means, yerr=stds, fmt="o", markersize=3, capsize=2, label=label)
        start += moments.size
    axes.set_xlabel("component")
    axes.set_ylabel("mean and standard deviation")
    axes.legend()
    return axes
