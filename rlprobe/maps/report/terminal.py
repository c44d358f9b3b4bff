"""The recording on a terminal of 80 columns: the sentences first, then the numbers of each moment."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.maps.findings import Findings

WIDTH: Final = 80


def lines(findings: Findings) -> list[tuple[str, str]]:
    """The recording as ``(line, style)``."""
    agent = f": {findings.agent}" if findings.agent else ""
    found = [(f"{findings.env}{agent}"[:WIDTH], "bold")]
    for sentence in findings.sentences:
        found += [(line, "") for line in _wrap(f"- {sentence}")]
    for note in (*findings.world.notes, *findings.notes):
        found += [(line, "yellow") for line in _wrap(note)]
    if findings.reference is not None and findings.returns is not None:
        error = "" if findings.stderr is None else f" +- {short(findings.stderr)}"
        plane = findings.world.plane.shape
        mean = short(float(findings.returns.mean()))
        said = f"exact: value iteration on {plane[0]} x {plane[1]} points returns {mean}{error}"
        found += [(line, "") for line in _wrap(said)]
    found.append(
        (f"{'step':>10} {'R2':>8} {'offset':>8} {'within 5 %':>11} {'visited':>8} {'to optimum':>11}", "dim")
    )
    for moment in findings.shown:
        n = moment.numbers
        cells = (
            f"{moment.step:>10,}", f"{fit(n.r2):>8}", f"{_word(n.offset):>8}", f"{_share(n.within):>11}",
            f"{_share(n.visited):>8}", f"{_word(n.gap):>11}",
        )  # fmt: skip
        found.append((" ".join(cells), ""))
    return found


def fit(r2: float | None) -> str:
    """R2 in a few letters: how bad a fit is does not matter.

    >>> fit(None), fit(0.912), fit(-3e5)
    ('-', '0.912', '< -10')
    """
    return "-" if r2 is None else "< -10" if r2 < -10 else short(r2)


def _word(value: float | None) -> str:
    return "-" if value is None else short(value)


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _wrap(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
