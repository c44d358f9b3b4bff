"""A search on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.comparison.report.terminal import wrapped
from rlprobe.search.report import words

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study

Line = tuple[str, str]


def lines(study: Study) -> list[Line]:
    """The result as ``(line, style)``."""
    body: list[Line] = [(line, "bold") for line in wrapped(words.headline(study), "")]
    for effect in study.effects:
        style = "green" if effect.matters else ""
        body += [(line, style) for line in wrapped(f"{effect.parameter.name}: {words.verdict(effect)}", "  ")]
    body.append(("", ""))
    body += [(line, "") for note in (*words.notes(study), words.best(study)) for line in wrapped(note, "  ")]
    body += [(line, "yellow") for doubt in study.trials.doubts for line in wrapped(doubt, "  ")]
    body.append(("Next round", "bold"))
    return [*body, *((f"  --param {one}", "") for one in study.next)]
