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
    return [*found, *_table(findings)]


def _table(findings: Findings) -> list[tuple[str, str]]:
    """The numbers of each moment, where there are any."""
    if not findings.shown:
        return []
    columns = [one for one in COLUMNS if findings.measured(one[0])]
    rows = [(f"{'step':>10}" + "".join(f" {name:>{width}}" for _, name, width, _ in columns), "dim")]
    for moment in findings.shown:
        cells = [f" {word(getattr(moment.numbers, key)):>{width}}" for key, _, width, word in columns]
        rows.append((f"{moment.step:>10,}" + "".join(cells), ""))
    return rows


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


COLUMNS: Final = (
    ("r2", "R2", 8, fit),
    ("offset", "offset", 8, _word),
    ("within", "within 5 %", 11, _share),
    ("visited", "visited", 8, _share),
    ("gap", "to optimum", 11, _word),
)


def _wrap(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
