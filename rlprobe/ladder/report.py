"""The climb on a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.ladder.findings import Climb

WIDTH: Final = 80


def lines(found: Climb) -> list[tuple[str, str]]:
    """The climb as ``(line, style)``."""
    out = [(f"{found.env}: ladder with {found.agent}"[:WIDTH], "bold")]
    for number, one in enumerate(found.results, 1):
        mark, style = ("alive", "green") if one.alive else ("FAIL", "bold red")
        out += [(line, style) for line in _wrap(f"{mark:6}{number}. {one.rung.name}", 9)]
        if one.rung.removed is not None:
            out += [(line, "dim") for line in _wrap(f"         without {one.rung.removed.name}", 11)]
        seeds = ", ".join(short(mean) for mean in one.returns)
        said = f"         returns {seeds}; random play stays below {short(one.bound)}"
        out += [(line, "") for line in _wrap(said, 11)]
    out += [(line, "dim") for rung in found.left for line in _wrap(f"      not reached: {rung.name}", 9)]
    aids = {aid.name: aid for one in found.results for aid in one.rung.aids}
    out += [(line, "dim") for aid in aids.values() for line in _wrap(f"{aid.name}: {aid.keeps}", 2)]
    for note in found.notes:
        out += [(line, "yellow") for line in _wrap(note, 2)]
    return [*out, *((line, "bold") for line in _wrap(found.verdict, 2))]


def _wrap(sentence: str, indent: int) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, subsequent_indent=" " * indent, drop_whitespace=True)
