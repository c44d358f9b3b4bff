"""The report as one HTML page that works offline, in light and dark, on a phone and on a desktop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.drawing.svg import svg
from probe_envs.dynamics import Dynamics
from rlprobe.diagnosis.inference.causes import Comparison, prediction_in_words
from rlprobe.diagnosis.report.notes import MARK, expected, learned, measured, share
from rlprobe.diagnosis.report.remarks import headline, notes
from rlprobe.diagnosis.report.still_open import command, open_lines
from rlprobe.diagnosis.report.strip import strip
from rlprobe.diagnosis.trial import tolerance
from rlprobe.diagnosis.wording import numbers
from rlprobe.faults import fault
from rlprobe.output.html import rendered, trusted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.report.findings import Findings

OUTCOMES = ("fail", "undecided", "pass", "skipped")
"""The order in which the page shows them."""
MOST_STATES = 12
"""States of one probe that the table of a cause shows."""


@dataclass(frozen=True)
class Line:
    """One state of a failing probe in the table of a cause."""

    state: str
    expected: str
    learned: str
    predicted: str
    wrong: bool = True
    picture: Any = ""


@dataclass(frozen=True)
class Block:
    """A failing probe in the table of a cause; ``more`` states are not shown."""

    label: str
    probe: str
    explained: bool
    lines: tuple[Line, ...]
    more: int = 0


def page(report: Findings) -> str:
    """The page as text."""
    judged = [r for r in report.results if r.trial.probe.asks != "exploration" or r.outcome == "fail"]
    ranked = sorted(judged, key=lambda result: OUTCOMES.index(result.outcome))
    return rendered(
        __package__,
        {"share": share, "anchor": _anchor},
        report=report,
        causes=[(one, fault(one.fault), [*map(_block, one.comparisons)]) for one in report.causes],
        counts=[(kind, sum(r.outcome == kind for r in judged)) for kind in OUTCOMES],
        rows=[_row(result) for result in ranked],
        headline=headline(report),
        notes=notes(report),
        open_lines=open_lines(report),
        command=command(report),
        measured=measured(report),
        agent=report.agent_settings,
        settings={name: _words(value) for name, value in report.settings.items() if value != ()},
    )


def _anchor(label: str) -> str:
    return label.replace(" ", "-")


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _block(one: Comparison) -> Block:
    result, trial = one.result, one.result.trial
    if one.predicted is None:
        line = Line("actions", expected(result), learned(result), "")
        return Block(trial.label, trial.name, one.explained, (line,))
    if not one.predicted.stable or not one.predicted.known.any():
        line = Line(
            "all values", expected(result), learned(result), prediction_in_words(result, one.predicted)
        )
        return Block(trial.label, trial.name, one.explained, (line,))
    lines = _lines(result, np.where(one.predicted.known, one.predicted.mean, np.nan))
    left = max(0, len(lines) - MOST_STATES)
    return Block(trial.label, trial.name, one.explained, lines[:MOST_STATES], left)


def _lines(result: Result, predicted: NDArray[np.float64]) -> tuple[Line, ...]:
    """A line for each state of a value probe."""
    exact, learned_values = np.asarray(result.expected, float), np.asarray(result.learned, float)
    wrong = ~(abs(learned_values - exact) <= tolerance(exact))
    scale = np.concatenate([exact, learned_values, predicted])
    return tuple(
        Line(
            state,
            numbers([exact[i]]),
            numbers([learned_values[i]]),
            "as before learning" if np.isnan(predicted[i]) else numbers([predicted[i]]),
            bool(wrong[i]),
            trusted(strip(exact[i], learned_values[i], predicted[i], scale)),
        )
        for i, state in enumerate(result.trial.states)
    )


def _row(result: Result) -> dict[str, Any]:
    probe = result.trial.probe
    title, _, doc = probe.doc.partition("\n")
    return {
        "outcome": result.outcome,
        "mark": MARK[result.outcome],
        "label": result.trial.label,
        "probe": probe.name,
        "question": _sentence(title.partition(": ")[2] or title),
        "doc": doc,
        "states": ", ".join(result.trial.states) if probe.asks == "value" else "",
        "expected": expected(result),
        "learned": learned(result),
        "why": result.why,
        "picture": trusted(svg(Dynamics(result.trial.mdp))) if result.outcome == "fail" else "",
    }
