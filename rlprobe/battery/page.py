"""A battery as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.battery.changes import BEFORE, NOW, run_of
from rlprobe.battery.problems import short
from rlprobe.battery.report import missing, title
from rlprobe.comparison.findings import Group
from rlprobe.comparison.report import charts
from rlprobe.comparison.report.words import difference
from rlprobe.comparison.scoring import At, score
from rlprobe.output.html import rendered
from rlprobe.output.numbers import short as number
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.battery.changes import Changed
    from rlprobe.battery.saved import Saved


def page(now: Saved, changed: Sequence[Changed], before: Saved | None) -> str:
    """The page as text."""
    return rendered(
        __package__,
        {"short": number},
        charts_style=charts.style(),
        title=title(now, changed, before),
        compared=before is not None,
        problems=[_problem(env, now, changed, before) for env in now.curves],
        missing=missing(now, before),
        versions=versions(),
    )


def _problem(env: str, now: Saved, changed: Sequence[Changed], before: Saved | None) -> dict[str, Any]:
    """One problem: its numbers, its change, and the curves of now and of the last time on one scale."""
    change = next((one for one in changed if one.env == env), None)
    groups = [_group(NOW, env, now)]
    if before is not None and env in before.curves and (change is None or change.change != "unchanged"):
        groups.append(_group(BEFORE, env, before))
    budget = max(run.budget for group in groups for run in group.runs)
    scores = groups[0].scores
    last = _group(BEFORE, env, before) if before is not None and env in before.curves else None
    return {
        "name": short(env),
        "seeds": len(scores),
        "numbers": [float(x) for x in (scores.mean(), scores.min(), scores.max())],
        "before": float(last.scores.mean()) if last else None,
        "change": change.change if change else "not compared",
        "sentence": change.sentence if change else "",
        "difference": difference(change.pair) if change and change.pair else "",
        "curves": charts.curves(groups, budget),
        "interval": charts.interval(change.pair) if change and change.pair else "",
    }


def _group(name: str, env: str, saved: Saved) -> Group:
    runs = tuple(run_of(name, env, seed, points) for seed, points in saved.curves[env].items())
    budget = min(run.budget for run in runs)
    scores = np.array([score(run.curve, At(), budget) for run in runs])
    return Group(name, short(env), runs, scores, 0.0, (-np.inf, np.inf), None, None)
