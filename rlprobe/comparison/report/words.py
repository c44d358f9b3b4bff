"""The sentences of a comparison, which terminal and page share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.metrics import small_is_good
from rlprobe.comparison.statistics.noise import inside_chance
from rlprobe.comparison.statistics.one_more import HIDING, hidden_share
from rlprobe.comparison.statistics.seeds import MOST_EACH
from rlprobe.output.numbers import listed, percent, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.findings import Findings, Group, Pair
    from rlprobe.comparison.log import Floats

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
    narrower = (
        f"; without --allow-failure {short(seen.low)} to {short(seen.high)}, p {p_value(seen.p)}"
        if (one.low, one.high, one.p) != (seen.low, seen.high, seen.p)
        else ""
    )
    return (
        f"difference {short(one.value)} (95 %: {short(one.low)} to {short(one.high)}), p "
        f"{p_value(one.p)}{corrected}, {seeds}{narrower}"
    )


def p_value(p: float) -> str:
    """A p-value in words.

    >>> p_value(0.0312), p_value(0.00001)
    ('= 0.031', '< 0.001')
    """
    return f"= {p:.2g}" if p >= 0.001 else "< 0.001"


def noise(group: Group) -> str:
    """The noise floor of a group."""
    count = len(group.scores)
    if not np.isfinite(group.noise_floor):
        return f"{group.name}: one seed does not show how much seeds differ"
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
        return f"{group.name}: one seed is too few to predict the next"
    seen = (
        f"one more run of {group.name} will be between {short(low)} and {short(high)}, the lowest and "
        f"highest so far, with probability {percent(inside_chance(count))}"
    )
    if not np.isfinite(group.tolerance[0]):
        return f"{seen}; with two groups of returns, no narrower interval is valid"
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
