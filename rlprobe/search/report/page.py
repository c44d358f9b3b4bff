"""A search as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.output.html import rendered
from rlprobe.output.versions import versions
from rlprobe.search.report import words
from rlprobe.search.report.charts import scatter

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study


def page(study: Study) -> str:
    """The page as text."""
    return rendered(
        __package__,
        {},
        title=words.headline(study),
        effects=[(effect, words.verdict(effect), scatter(effect, study.trials)) for effect in study.effects],
        notes=words.notes(study),
        best=words.best(study),
        doubts=study.trials.doubts,
        next=study.next,
        versions=versions(),
    )
