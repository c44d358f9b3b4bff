"""The report as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from rlprobe.inspection.report import charts
from rlprobe.output.html import rendered
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.inspection.findings import Findings

ROWS = 60


def page(report: Findings) -> str:
    """The page as text; pictures and video stand inside."""
    numbers = report.scale.components
    shown = (*numbers[: charts.PANELS - 1], report.scale.reward)
    varied = tuple(c for c in numbers[: charts.PANELS] if len(c.after[1]))
    picture, step = report.picture, report.timestep
    harmful = len(report.harmful)
    return rendered(
        __package__,
        {"short": short, "percent": percent},
        r=report,
        verdict=f"{harmful} harmful" if harmful else "nothing harmful",
        components=(*numbers[:ROWS], report.scale.reward),
        left=max(0, len(numbers) - ROWS),
        returns=_svg(charts.returns_chart(report.life)) if report.life.episodes else "",
        before=_svg(charts.components_chart(shown, after=False)),
        after=_svg(charts.components_chart(varied, after=True)) if varied else "",
        rewards=_svg(charts.reward_chart(report.scale.reward)) if len(report.scale.reward.after[1]) else "",
        pixels=[
            (p.part.label, [(caption, _png(data)) for caption, data in charts.pixel_pictures(p)])
            for p in report.scale.pictures
            if p.count
        ],
        paths=_svg(charts.paths_chart(step)) if step else "",
        sheet=_png(picture.sheet) if picture and picture.sheet else "",
        video=_data("video/mp4", picture.video) if picture and picture.video else "",
    )


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _png(content: bytes) -> str:
    return _data("image/png", content)


def _svg(text: str) -> str:
    return _data("image/svg+xml", text.encode())
