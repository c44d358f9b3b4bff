"""A run as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.catalogue import kind_of
from rlprobe.monitors.findings.finding import WORDS
from rlprobe.monitors.report.curve import curve
from rlprobe.monitors.report.shown import GROUPS, KNOWN, Shown
from rlprobe.output.html import rendered, trusted
from rlprobe.output.numbers import percent, short
from rlprobe.stats.intervals import Summary

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.described import Run
    from rlprobe.monitors.findings.finding import Finding
    from rlprobe.monitors.series import Series

MOST_OTHERS = 40
SEVERITIES = {"broken": "harmful", "look": "look", "note": "note"}


@dataclass(frozen=True)
class Chart:
    """A drawing under its title, with its last value."""

    title: str
    drawing: Any
    last: str
    note: str = ""


def page(run: Run) -> str:
    """The page as text."""
    marks = {kind_of(one.id).series: one for one in reversed(run.findings)}
    groups = [(name, [_chart(one, run.curves, marks) for one in shown]) for name, shown in GROUPS.items()]
    others = sorted(name for name in run.curves.all if name not in KNOWN)
    groups.append(("Other numbers", [_chart(Shown(n, n), run.curves, {}) for n in others[:MOST_OTHERS]]))
    return rendered(
        __package__,
        {"range": in_words, "explained": explained},
        run=run,
        title=run.name or "training run",
        words=WORDS,
        severities=SEVERITIES,
        kind_of=kind_of,
        groups=[(name, [one for one in charts if one]) for name, charts in groups],
        left=max(0, len(others) - MOST_OTHERS),
        figures=_figures(run),
        notes=[one for one in run.findings if one.severity == "note"],
        beside={one.id: _beside(one, run.curves) for one in run.findings},
        episodes=[(name, _summary(run.curves, name)) for name in ("return", "length")],
        short=short,
    )


def _chart(shown: Shown, curves: Curves, marks: dict[str, Finding]) -> Chart | None:
    series = curves.get(shown.name)
    found = marks.get(shown.name)
    since = found.since_step if found is not None and found.severity != "note" else None
    rows = series.rows()
    steps, values = [step for step, _ in rows], [value for _, value in rows]
    drawing = curve(steps, values, label=f"{shown.title} over steps", healthy=shown.healthy, since=since)
    return Chart(shown.title, trusted(drawing), short(series.last), shown.source) if drawing else None


def _beside(finding: Finding, curves: Curves) -> Chart | None:
    """The curve that shows a finding, drawn beside it."""
    name = kind_of(finding.id).series
    shown = next((one for group in GROUPS.values() for one in group if one.name == name), None)
    return None if shown is None else _chart(shown, curves, {name: finding})


def _figures(run: Run) -> list[tuple[str, str]]:
    returns = run.curves.get("return")
    found = [
        ("environment steps", f"{run.steps:,}"),
        ("wall time", f"{run.seconds:.0f} s" if run.seconds < 600 else f"{run.seconds / 60:.0f} min"),
    ]
    if len(returns):
        recent = returns.values[-max(1, len(returns) // 20) :]
        found += [
            ("return of late episodes", short(float(np.mean(recent)))),
            ("best episode", f"{short(max(returns.values))}, {_how_often(returns.values)}"),
        ]
    return found


def _how_often(returns: list[float]) -> str:
    """How often late episodes reach the best return, up to 1 % of the range of all returns.

    >>> _how_often([0.0, 100.0, 50.0, 99.5])
    'reached by 50 % of late episodes'
    """
    late = returns[-max(2, len(returns) // 5) :]
    near = max(returns) - 0.01 * (max(returns) - min(returns))
    return f"reached by {percent(float(np.mean([one >= near for one in late])))} of late episodes"


def _summary(curves: Curves, name: str) -> list[tuple[str, Summary]]:
    """Minimum, quartiles and maximum over the first, middle and last third of a run."""
    series: Series = curves.get(name)
    if len(series) < 6:
        return []
    parts = np.array_split(np.array(series.values), 3)
    return [(label, Summary.of(p)) for label, p in zip(("first third", "second", "last"), parts, strict=True)]


def in_words(bounds: tuple[float | None, float | None]) -> str:
    """A range in words.

    >>> in_words((0.05, None)), in_words((None, 0.98)), in_words((1e-5, 0.1)), in_words((None, None))
    ('above 0.05', 'below 0.98', '1e-05 to 0.1', '')
    """
    low, high = bounds
    if low is not None and high is not None:
        return f"{short(low)} to {short(high)}"
    if low is not None:
        return f"above {short(low)}"
    return f"below {short(high)}" if high is not None else ""


def explained(id_: str) -> str:
    """Why a finding matters."""
    return kind_of(id_).why
