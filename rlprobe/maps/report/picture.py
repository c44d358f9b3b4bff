"""Maps as one PNG (a row for each of a few moments) and as a video (a frame for each moment)."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.extras import need
from rlprobe.maps.report.panels import panels, pixels

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.maps.findings import Findings
    from rlprobe.maps.moment import Moment

ROWS: Final = 4
"""Moments of the PNG."""
FRAMES_PER_SECOND: Final = 2
INCHES: Final = 2.15


def picture(findings: Findings) -> bytes:
    """A PNG with a row of panels for up to four moments."""
    shown = findings.shown
    places = np.unique(np.linspace(0, len(shown) - 1, min(ROWS, len(shown))).round().astype(int))
    figure = _figure(findings, [shown[place] for place in places])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def video(findings: Findings, path: str) -> None:
    """Write a .gif or .mp4 with a frame for each moment."""
    from rlprobe.output.video import VideoFile, check_target

    file = VideoFile(check_target(path), Fraction(FRAMES_PER_SECOND))
    try:
        for moment in findings.shown:
            file.write(_frame(findings, moment))
    finally:
        file.close()


def _frame(findings: Findings, moment: Moment) -> npt.NDArray[np.uint8]:
    figure = _figure(findings, [moment])
    canvas: Any = need("matplotlib.backends.backend_agg", "a video of maps").FigureCanvasAgg(figure)
    canvas.draw()
    frame = np.asarray(canvas.buffer_rgba())[..., :3]
    return np.ascontiguousarray(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])


def _figure(findings: Findings, moments: list[Moment]) -> Any:
    rows = [panels(findings, moment) for moment in moments]
    plane, columns = findings.world.plane, max(len(row) for row in rows)
    figure: Any = need("matplotlib.figure", "pictures of maps").Figure(
        figsize=(INCHES * columns + 0.4, (INCHES + 0.25) * len(rows) + 0.75)
    )
    grid = figure.subplots(len(rows), columns, squeeze=False)
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=0.75 / width,
        right=1 - 0.1 / width,
        bottom=0.5 / height,
        top=1 - 0.75 / height,
        wspace=0.3,
        hspace=0.45,
    )
    for moment, row, line in zip(moments, rows, grid, strict=True):
        for number, axes in enumerate(line):
            if number >= len(row):
                axes.set_axis_off()
                continue
            panel = row[number]
            ends = (plane.low[0], plane.high[0], plane.low[1], plane.high[1])
            axes.imshow(pixels(panel, plane.shape), extent=ends, aspect="auto", interpolation="nearest")
            axes.set_title(f"{panel.title}\n{panel.ends[0]} to {panel.ends[1]}", fontsize=8)
            axes.tick_params(labelsize=6)
            if number == 0:
                axes.set_ylabel(f"step {moment.step:,}\n{plane.names[1]}", fontsize=8)
            if line is grid[-1]:
                axes.set_xlabel(plane.names[0], fontsize=8)
    figure.suptitle(f"{findings.env}: {findings.agent}" if findings.agent else findings.env, fontsize=10)
    return figure


def write_png(findings: Findings, path: str) -> None:
    """Write the PNG to ``path``, all or nothing."""
    from rlprobe.output.files import write_atomically

    write_atomically(Path(path), picture(findings))
