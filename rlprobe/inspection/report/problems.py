"""What an inspection found, as the page shows it: every remedy once, over all that it cures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.inspection.flag_kind import ORDER
from rlprobe.output.html import code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.inspection.findings import Findings
    from rlprobe.inspection.flag import Flag

CALL = re.compile(
    r"(?<![`\w\[])((?:[\w.]+\([^()]*\)|[\w.]+\[['\"]\w+['\"]\]|--[a-z][a-z-]+|\w+_\w+(?:=[\w.]*\w)?))(?![`\w])"
)
"""Calls, options of a command and names with an underscore, which are set as code."""


@dataclass(frozen=True)
class Problem:
    """Flags with one remedy.

    Args:
        severity: of the worst of them.
        flags: in the order of the report.
        advice: what to do about all of them; empty where nothing is to be done.
    """

    severity: str
    flags: tuple[Flag, ...]
    advice: str


def problems(flags: Iterable[Flag]) -> list[Problem]:
    """Flags with the same remedy as one problem, worst first; without notes."""
    found: dict[str, list[Flag]] = {}
    for number, flag in enumerate(flag for flag in flags if flag.severity != "note"):
        found.setdefault(flag.advice or f"nothing to do {number}", []).append(flag)
    made = [
        Problem(min((f.severity for f in same), key=ORDER.index), tuple(same), same[0].advice)
        for same in found.values()
    ]
    return sorted(made, key=lambda problem: ORDER.index(problem.severity))


def notes(flags: Iterable[Flag]) -> list[Flag]:
    """What is good to know."""
    return [flag for flag in flags if flag.severity == "note"]


def marked(words: str) -> Any:
    """A sentence in which calls, options and names are set as code.

    >>> print(marked("Use NormalizeAll(env, keys=...) or --seed."))
    Use <code>NormalizeAll(env, keys=...)</code> or <code>--seed</code>.
    """
    return code(CALL.sub(r"`\1`", words))


@dataclass(frozen=True)
class Figure:
    """A number of the line on top.

    Args:
        label: what it is.
        value: in words.
        more: a quieter line below.
    """

    label: str
    value: str
    more: str = ""


def figures(report: Findings) -> list[Figure]:
    """The line of figures on top of the page."""
    from rlprobe.output.numbers import short

    life, horizon, cost = report.life, report.horizon, report.contract.cost
    at_once = f", {report.copies} in parallel" if report.copies > 1 else ""
    made = [Figure("steps played", f"{report.steps:,}", f"in {report.playing:.0f} s{at_once}")]
    if life.episodes:
        ends = f"{life.terminated:,} terminated, {life.truncated:,} truncated"
        made.append(Figure("episodes", f"{life.episodes:,}", ends))
        for label, numbers, unit in (
            ("median return", life.returns, ""),
            ("median length", life.lengths, " steps"),
        ):
            span = f"{short(numbers.low)} to {short(numbers.high)}{unit}"
            made.append(Figure(label, short(numbers.median), span))
    ahead = (
        f"{short(horizon.seconds)} s at gamma {horizon.gamma:g}"
        if horizon.seconds
        else f"gamma {horizon.gamma:g}"
    )
    made.append(Figure("horizon", f"{horizon.steps:.0f} steps", ahead))
    if cost:
        share = 100 * cost.wrappers / max(cost.environment + cost.wrappers, 1e-12)
        made.append(
            Figure("steps a second", f"{cost.steps_per_second:,.0f}", f"{share:.0f} % of it in wrappers")
        )
    return made
