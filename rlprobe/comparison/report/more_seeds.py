"""The sentences on what a verdict lacks: what would undo it, why seeds are too few, which to run next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.report.words import p_value, span
from rlprobe.comparison.statistics.one_more import UNLIKE_ERRORS, hidden_share, undoing
from rlprobe.comparison.statistics.permutation import ALPHA, smallest_p
from rlprobe.comparison.statistics.seeds import careful, spread
from rlprobe.comparison.statistics.sequential import LOOKS
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.comparison.findings import Group, Pair

EVER_FEWEST: Final = 3


def why_too_few(pair: Pair) -> str:
    """Why so few seeds cannot say anything."""
    counts = (len(pair.a.scores), len(pair.b.scores))
    for group, count in zip((pair.a, pair.b), counts, strict=True):
        if count < EVER_FEWEST:
            seeds = "one seed" if count == 1 else f"{count} seeds"
            return (
                f"{group.name} has {seeds}: "
                f"{'that says nothing' if count == 1 else 'too few to say anything'} about how much seeds "
                "differ. At least 4 against 4 are needed."
            )
    if pair.difference.seen.p <= ALPHA < pair.difference.p:
        return _undone(pair)
    best = smallest_p(*counts)
    if best > ALPHA:
        return (
            f"{counts[0]} against {counts[1]} seeds cannot reach p < {best:.2g}, however large the "
            "difference. At least 4 against 4 are needed."
        )
    return (
        f"{counts[0]} against {counts[1]} seeds cannot reach p < 0.05 after correction for {pair.pairs} "
        "pairs: add seeds, or compare fewer groups."
    )


def _undone(pair: Pair) -> str:
    """Which seed would undo the difference, and how well it may hide."""
    higher = pair.a if pair.difference.value > 0 else pair.b
    said = f"{higher.name} is higher in the seeds that were run (p {p_value(pair.difference.seen.p)})"
    places = undoing(pair.a.filled, pair.b.filled)
    if not places:
        return f"{said}, but not clearly enough for so few seeds. Run more of them."
    groups = (pair.a, pair.b)
    named = groups[min(places, key=lambda place: len(groups[place].scores))]
    count = len(named.scores)
    return (
        f"{said}, but one more {_named(pair, places)} would undo it: {count} seeds without a failure leave "
        f"up to {percent(hidden_share(count))} failing. A difference as large as seen takes "
        f"{_careful(pair)} of each (80 % power)."
    )


def _named(pair: Pair, places: Mapping[int, float]) -> str:
    """Groups and scores of the seeds that would undo the difference."""
    groups = (pair.a, pair.b)
    return " or ".join(
        f"of {groups[place].name} at {short(score)}" for place, score in sorted(places.items())
    )


def fragile(pair: Pair) -> str:
    """That one more seed would undo a clear difference, and how often such a one is false; or nothing."""
    seen = pair.looked
    undone = seen.undone if seen else pair.difference.if_one_fails.p > ALPHA
    if pair.verdict not in {"better", "worse"} or not undone:
        return ""
    count = seen.seeds if seen else None
    places = undoing(pair.a.filled[:count], pair.b.filled[:count])
    which = f" {_named(pair, places)}" if places else " that fails"
    return f"One more seed{which} would undo this; --allow-failure would ask for more seeds.{_hidden(pair)}"


def _hidden(pair: Pair) -> str:
    """How often the test errs if one of the two algorithms fails and has not failed yet."""
    counts = [len(group.scores) for group in (pair.a, pair.b) if not (group.failed and group.failed.hits)]
    error = UNLIKE_ERRORS.get(min(counts, default=0))
    if error is None:
        return ""
    return (
        " Where only one of two algorithms fails (in 30 % of its seeds), this test calls equal means "
        f"different in {percent(error)} with {min(counts)} seeds, not in 5 %."
    )


def _careful(pair: Pair) -> str:
    """Seeds that allow for one more that fails, for both ends of the interval of the spread."""
    size = abs(pair.difference.value)
    ends = spread([pair.a.scores, pair.b.scores])[1:]
    low, high = (careful(size / end) if end > 0 else careful(np.inf) for end in ends)
    return span(low, high)


def until_clear(pair: Pair) -> list[str]:
    """What the looks have shown, and which seeds to run next."""
    seen = pair.looked
    assert seen is not None
    made = []
    if seen.look:
        clear = "clear: stop here" if seen.sign else "not clear"
        if seen.undone and not seen.sign:
            clear = "but one more failing seed would undo it"
        made.append(
            f"look {seen.look} of {len(LOOKS)}, at {seen.seeds} seeds each: p {p_value(seen.p)}, clear "
            f"below {seen.level:.2g}: {clear}"
        )
    if not seen.more:
        return (
            made
            if seen.sign
            else [*made, "no comparison is left: if there is a difference, it is within the interval"]
        )
    for group in (pair.a, pair.b):
        seeds = next_seeds(group, seen.more)
        if seeds:
            made.append(f"run next: {group.name}, seeds {', '.join(map(str, seeds))}")
    return made


def next_seeds(group: Group, count: int) -> list[int]:
    """The seeds that bring a group to ``count`` runs: those after the largest so far."""
    used = [int(run.seed) for run in group.runs if run.seed.isdecimal()]
    first = max(used, default=len(group.runs) - 1) + 1
    return list(range(first, first + max(0, count - len(group.filled))))
