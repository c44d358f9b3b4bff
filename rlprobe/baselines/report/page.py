"""The table as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.baselines.report.curves import curves
from rlprobe.baselines.report.terminal import count, figure, interval
from rlprobe.output.html import rendered, trusted
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from rlprobe.baselines.table import Row, Table

BAR = 100.0


def page(table: Table) -> str:
    """The page as text."""
    ends = [row.mean + side * _half(row) for row in table.rows for side in (-1, 1)]
    lowest, highest = min(ends, default=0.0), max(ends, default=1.0)
    span = (highest - lowest) or 1.0
    chance = table.row("random")
    levels = [("random", chance.mean)] if chance else []
    if table.threshold is not None:
        levels.append(("solved", table.threshold))
    charts = [
        (row, trusted(curves(row.curves, f"learning curve of {row.name}", levels)))
        for row in table.rows
        if any(row.curves)
    ]
    return rendered(
        __package__,
        {"short": figure, "count": count},
        table=table,
        rows=[(row, table.solved(row), *_bar(row, lowest, span), interval(row)) for row in table.rows],
        charts=charts,
        versions=versions(),
    )


def _bar(row: Row, lowest: float, span: float) -> tuple[Any, Any, Any]:
    """Where the mean and the ends of its interval lie, in percent of the bar."""
    ends = (row.mean, row.mean - _half(row), row.mean + _half(row))
    places = [BAR * (value - lowest) / span for value in ends]
    mean, low, high = (min(max(place, 0.0), BAR) for place in places)
    return f"{mean:.1f}", f"{low:.1f}", f"{max(high - low, 0.8):.1f}"


def _half(row: Row) -> float:
    """Half the interval, as far as it can be drawn."""
    return row.half if np.isfinite(row.half) else 0.0
