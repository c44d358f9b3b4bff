"""The sentences of a comparison, which terminal and page share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.metrics import small_is_good
from rlprobe.comparison.statistics.noise import inside_chance
from rlprobe.comparison.statistics.one_more import HIDING, hidden_share, undoing
from rlprobe.comparison.statistics.permutation import ALPHA, smallest_p
from rlprobe.comparison.statistics.seeds import MOST_EACH, careful, spread
from rlprobe.comparison.statistics.sequential import LOOKS
from rlprobe.output.numbers import listed, percent, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.findings import Findings, Group, Pair
    from rlprobe.comparison.log import Floats

EVER_FEWEST: Final = 3
SOURCES: Final = {
    "monitor": "Monitor files",
    "evaluations": "evaluations.npz",
    "table": "CSV",
    "jsonl": "JSON lines",
    "events": "TensorBoard",
    "wandb": "W&B export",
    "numbers": "bare numbers",
    "battery": "battery",
}


def headline(pair: Pair) -> str:
    """The verdict on a pair."""
    names = f"{pair.a.name} against {pair.b.name}{f' on {pair.a.task}' if pair.a.task else ''}"
    verdicts = {
        "better": f"{pair.a.name} is better",
        "worse": f"{pair.b.name} is better",
        "noise": "noise: no clear difference",
        "too few seeds": "too few seeds to tell",
    }
    if pair.looked and pair.verdict == "too few seeds":
        return f"{names}: not clear yet, run more seeds"
    return f"{names}: {verdicts[pair.verdict]}"


def difference(pair: Pair) -> str:
    """The difference of means and its interval."""
    one, seeds = pair.difference, f"{len(pair.a.scores)} against {len(pair.b.scores)} seeds"
    if not np.isfinite(one.low):
        return f"difference {short(one.value)}; no 95 % interval from {seeds}"
    corrected = f", p {p_value(pair.p)} after Holm for {pair.pairs} pairs" if pair.p != one.p else ""
    seen = one.seen
    wider = (
        f"; if no other seed fails {short(seen.low)} to {short(seen.high)}, p {p_value(seen.p)}"
        if (one.low, one.high, one.p) != (seen.low, seen.high, seen.p)
        else ""
    )
    return (
        f"difference {short(one.value)} (95 %: {short(one.low)} to {short(one.high)}), p "
        f"{p_value(one.p)}{corrected}, {seeds}{wider}"
    )


def p_value(p: float) -> str:
    """A p-value in words.

    >>> p_value(0.0312), p_value(0.00001)
    ('= 0.031', '< 0.001')
    """
    return f"= {p:.2g}" if p >= 0.001 else "< 0.001"


def why_too_few(pair: Pair) -> str:
    """Why so few seeds cannot say anything."""
    counts = (len(pair.a.scores), len(pair.b.scores))
    for group, count in zip((pair.a, pair.b), counts, strict=True):
        if count < EVER_FEWEST:
            seeds = "one seed" if count == 1 else f"{count} seeds"
            return (
                f"{group.name} has {seeds}: "
                f"{'it says nothing' if count == 1 else 'too few to say anything'} about how much seeds "
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
    groups = (pair.a, pair.b)
    higher = pair.a if pair.difference.value > 0 else pair.b
    said = f"{higher.name} is higher in the seeds that were run (p {p_value(pair.difference.seen.p)})"
    places = undoing(pair.a.filled, pair.b.filled)
    if not places:
        return f"{said}, but not clearly enough for so few seeds. Run more of them."
    seeds = " or ".join(
        f"one more of {groups[place].name} at {short(score)}" for place, score in sorted(places.items())
    )
    named = groups[min(places, key=lambda place: len(groups[place].scores))]
    count = len(named.scores)
    return (
        f"{said}, but {seeds} would undo it: {count} seeds without a failure leave up to "
        f"{percent(hidden_share(count))} failing. A difference as large as seen takes {_careful(pair)} "
        "of each (80 % power); if you know that none fails: --no-failures."
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
        clear = "but one more seed at the other end would undo it" if seen.undone else clear
        made.append(
            f"look {seen.look} of {len(LOOKS)}, at {seen.seeds} seeds each: p {p_value(seen.p)}, clear "
            f"below {seen.level:.2g}: {clear}"
        )
    if not seen.more:
        return (
            made
            if seen.sign
            else [*made, "no look is left: a difference, if there is one, is in the interval"]
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


def noise(group: Group) -> str:
    """The noise floor of a group."""
    count = len(group.scores)
    if not np.isfinite(group.noise_floor):
        return f"{group.name}: one seed tells nothing about noise"
    return (
        f"{count} seeds of {group.name} differ from {count} other seeds of {group.name} by "
        f"{short(group.noise_floor)} or more in 1 of 4 draws"
    )


def needed(pair: Pair) -> list[tuple[str, str]]:
    """Seeds of each group for 80 % power, by the size of the difference."""
    names = {"seen": "as large as seen"}
    return [
        (names.get(name, f"{name.replace('%', ' %')} of the range"), span(*ends))
        for name, ends in pair.needed.items()
    ]


def span(low: int, high: int) -> str:
    """A range of numbers of seeds.

    >>> span(4, 4), span(7, 60), span(900, 10_000)
    ('4', '7 to 60', '900 to more than 10,000')
    """
    ends = [f"more than {MOST_EACH:,}" if end >= MOST_EACH else f"{end:,}" for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def next_run(group: Group) -> str:
    """Where one more run will fall."""
    count, low, high = len(group.scores), group.scores.min(), group.scores.max()
    if count < 2:
        return f"{group.name}: one seed does not say where the next one falls"
    seen = (
        f"one more run of {group.name} falls between {short(low)} and {short(high)}, the lowest and "
        f"highest so far, with chance {percent(inside_chance(count))}"
    )
    if not np.isfinite(group.tolerance[0]):
        return f"{seen}; two humps: no narrower statement holds"
    return (
        f"{seen}; at least 80 % of all runs between {short(group.tolerance[0])} and "
        f"{short(group.tolerance[1])} (90 % confidence, if they are normal)"
    )


def failing(group: Group) -> str | None:
    """The share of failing seeds."""
    if group.failed is None:
        count = len(group.scores)
        if not 1 < count < HIDING:
            return None
        return f"none of {count} seeds of {group.name} failed; up to {percent(hidden_share(count))} may"
    below = f" (below {short(group.failing_below)})" if group.failing_below is not None else ""
    nan = f", {group.diverged} of them with NaN" if group.diverged else ""
    return (
        f"{group.failed.hits} of {group.failed.total} seeds of {group.name} failed{below}{nan}: "
        f"{group.failed}"
    )


def read_from(group: Group) -> str:
    """Seeds and files of a group, in a line."""
    count = len(group.runs)
    if group.runs[0].source == "array":
        return f"{group.name}: {count} seeds of an array"
    seeds = [run.seed or "?" for run in group.runs]
    origins = sorted({run.seed_from for run in group.runs if run.seed_from})
    if len(origins) > 1 and all(one.startswith("the name") for one in origins):
        origins = ["names"]
    told = f"from {listed(origins, 2)}" if origins else "no seed number found"
    sources = listed(sorted({f"{run.metric} ({SOURCES[run.source]})" for run in group.runs}))
    return f"{group.name}: {count} run{'s'[: count > 1]}, seeds {run_of(seeds)} ({told}), {sources}"


def median(scores: Floats) -> float:
    """The median of scores."""
    return float(np.median(scores))


def run_of(seeds: Sequence[str]) -> str:
    """Seeds in words.

    >>> run_of(["0", "1", "2", "3"]), run_of(["7", "9", "?"])
    ('0 to 3', '7, 9, ?')
    """
    numbers = [int(seed) for seed in seeds if seed.isdecimal()]
    whole = len(numbers) == len(seeds) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return f"{seeds[0]} to {seeds[-1]}" if whole else listed(list(seeds), 10)


def scale(found: Findings, task: str) -> str:
    """What is compared, and up to where."""
    budget = found.budget.get(task, 0.0)
    good = "smaller" if small_is_good(found.metric) else "higher"
    upto = f", up to {budget:,.0f} steps" if budget > 1 else ""
    return f"{found.metric}: {found.at}{upto}; {good} counts as better"
