"""The maps as one HTML page with a slider over the moments; works offline, in light and dark."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.maps.report.panels import OPTIMAL, Panel, gradient, panels, pixels
from rlprobe.maps.report.terminal import fit
from rlprobe.output.html import rendered, trusted
from rlprobe.output.numbers import percent, short
from rlprobe.output.png import png
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from rlprobe.maps.findings import Findings


@dataclass(frozen=True)
class Shown:
    """A panel as the page shows it."""

    title: str
    source: str
    gradient: Any
    ends: tuple[str, str]


def page(findings: Findings) -> str:
    """The page as text."""
    shape = findings.world.plane.shape
    same: dict[str, str] = {}
    moments = [
        (moment, [_shown(panel, shape, same) for panel in panels(findings, moment)])
        for moment in findings.shown
    ]
    return rendered(
        __package__,
        {"short": _known(short), "percent": _known(percent), "fit": fit},
        f=findings,
        plane=findings.world.plane,
        moments=moments,
        columns=[one for one in COLUMNS if findings.measured(one[0])],
        ranges=[f"{short(a)} to {short(b)}" for a, b in zip(*_ends(findings), strict=True)],
        versions=versions(),
    )


COLUMNS = (
    ("r2", "R2", "of the learned values against the exact ones of the policy, weighted by visits"),
    ("offset", "offset", "mean of learned minus exact"),
    ("within", "within 5 %", "share of cells"),
    ("rough", "roughness", "times that of the exact value"),
    ("visited", "visited", "share of cells so far"),
    ("gap", "to the optimum", "at the starts of episodes"),
)


def _ends(findings: Findings) -> tuple[tuple[float, float], tuple[float, float]]:
    return findings.world.plane.low, findings.world.plane.high


def _known(words: Any) -> Any:
    return lambda value: "-" if value is None else words(value)


def _shown(panel: Panel, shape: tuple[int, int], same: dict[str, str]) -> Shown:
    """The panel with its picture; that of the optimal values is the same at every moment."""
    source = same.get(panel.title)
    if source is None:
        source = f"data:image/png;base64,{base64.b64encode(png(pixels(panel, shape))).decode()}"
        if panel.title == OPTIMAL:
            same[panel.title] = source
    return Shown(panel.title, source, trusted(gradient(panel.colours)), panel.ends)
