"""A comparison as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.comparison.report import charts, more_seeds, words
from rlprobe.comparison.statistics.median import median_ranks
from rlprobe.output.html import rendered
from rlprobe.output.numbers import percent, short
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from rlprobe.comparison.findings import Findings, Group


def page(found: Findings) -> str:
    """The page as text."""
    return rendered(
        __package__,
        {"short": short, "percent": percent},
        r=found,
        charts_style=charts.style(),
        title=words.headline(found.pairs[0]),
        pairs=[
            {
                "pair": pair,
                "headline": words.headline(pair),
                "sentence": words.difference(pair),
                "why": more_seeds.why_too_few(pair)
                if pair.verdict == "too few seeds" and not pair.looked
                else "",
                "fragile": more_seeds.fragile(pair),
                "looked": more_seeds.until_clear(pair) if pair.looked else [],
                "needed": words.needed(pair),
                "drawing": charts.interval(pair),
            }
            for pair in found.pairs
        ],
        tasks=[_task(found, task) for task in dict.fromkeys(group.task for group in found.groups)],
        versions=versions(),
    )


def _task(found: Findings, task: str) -> dict[str, object]:
    groups = [group for group in found.groups if group.task == task]
    long = any(len(run.curve.values) > 1 for group in groups for run in group.runs)
    return {
        "name": task,
        "scale": words.scale(found, task),
        "groups": groups,
        "rows": [_row(group) for group in groups],
        "curves": charts.curves(groups, found.budget[task]) if long else [],
        "banded": any(median_ranks(len(group.runs)) for group in groups),
        "scores": charts.scores(groups),
        "noise": [words.noise(group) for group in groups],
        "failing": [line for group in groups if (line := words.failing(group))],
        "next": [words.next_run(group) for group in groups],
        "read": [words.read_from(group) for group in groups],
    }


def _row(group: Group) -> dict[str, object]:
    """Numbers of a group: scores, and the lowest and highest value that any of its curves has had."""
    s = group.scores
    values = [run.curve.values for run in group.runs]
    return {
        "name": group.name,
        "seeds": len(s),
        "numbers": [float(x) for x in (s.mean(), words.median(s), s.min(), s.max())]
        + [float(min(v.min() for v in values)), float(max(v.max() for v in values))],
    }
