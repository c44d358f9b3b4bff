"""The report as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.inspection.report import charts
from rlprobe.inspection.report.problems import figures, marked, notes, problems
from rlprobe.output.html import rendered
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.inspection.findings import Findings
    from rlprobe.inspection.measures.component import Component

MOST_ROWS = 60


def page(report: Findings) -> str:
    """The page as text; pictures and video stand inside."""
    numbers, reward = report.scale.components, report.scale.reward
    varied = tuple(c for c in numbers[: charts.PANELS] if len(c.after[1]))
    return rendered(
        __package__,
        {
            "number": number,
            "declared": declared,
            "percent": percent,
            "marked": marked,
            "png": _png,
            "mp4": _mp4,
        },
        r=report,
        verdict=f"{len(report.harmful)} harmful" if report.harmful else "nothing harmful",
        looks=sum(flag.severity == "look" for flag in report.flags),
        figures=figures(report),
        problems=problems(report.flags),
        notes=notes(report.flags),
        components=(*numbers[:MOST_ROWS], reward),
        left=max(0, len(numbers) - MOST_ROWS),
        returns=charts.returns_charts(report.life) if report.life.episodes else [],
        before=charts.component_charts(numbers[: charts.PANELS], after=False),
        after=charts.component_charts(varied, after=True),
        rewards=charts.reward_charts(reward) if len(reward.after[1]) else [],
        pixels=[(p.part.label, charts.pixel_pictures(p)) for p in report.scale.pictures if p.count],
        paths=charts.path_charts(report.timestep) if report.timestep else [],
    )


def number(value: float) -> str:
    """A number of a table; a dash for one that is not known.

    >>> number(0.25), number(float("nan"))
    ('0.25', '-')
    """
    return "-" if np.isnan(value) else short(value)


def declared(component: Component) -> str:
    """The bounds that the space declares, as far as there are any."""
    low, high = component.bound_low, component.bound_high
    if not (np.isfinite(low) or np.isfinite(high)):
        return "none"
    return f"{short(low)} to {short(high)}"


def _png(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _mp4(content: bytes) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(content).decode()}"
