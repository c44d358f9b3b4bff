"""From runs to verdicts: one number a run, and what the numbers of two groups say."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.findings import Group, Pair
from rlprobe.comparison.log import LogError
from rlprobe.comparison.metrics import small_is_good
from rlprobe.comparison.report.comparison import Comparison
from rlprobe.comparison.scoring import At, score
from rlprobe.comparison.statistics.difference import Difference, difference, holm
from rlprobe.comparison.statistics.humps import failing_below
from rlprobe.comparison.statistics.noise import noise_floor, tolerance
from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.comparison.statistics.seeds import needed, spread
from rlprobe.comparison.statistics.sequential import looked
from rlprobe.comparison.weeding import weeded
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.findings import Verdict
    from rlprobe.comparison.log import Floats
    from rlprobe.comparison.run import Run
    from rlprobe.comparison.statistics.sequential import Looked
    from rlprobe.comparison.weeding import Sorted

MOST_TOLD: Final = 4
PARTS: Final = (0.05, 0.1, 0.2)
"""Parts of the range of returns for which the needed seeds are told."""


def concluded(
    runs: Sequence[Run],
    order: Sequence[str],
    metric: str,
    at: At,
    problems: Sequence[str],
    *,
    until_clear: bool = False,
    allow_failure: bool = False,
) -> Comparison:
    """The comparison of runs whose groups come in that order.

    Raises:
        ValueError: no task has runs of two groups, or the step lies beyond the budget.
    """
    tasks, said = weeded(runs)
    lines = [*problems, *said]
    if not tasks:
        raise LogError(_nothing(lines))
    groups: list[Group] = []
    made: list[tuple[Group, Group, Difference, float]] = []
    for task in tasks:
        _check(at, task)
        small = small_is_good(metric)
        here = [
            _group(name, task, at, small=small)
            for name in order
            if any(run.group == name for run in task.runs)
        ]
        groups += here
        made += [
            (a, b, _difference(a, b, allow_failure=allow_failure), _range(task))
            for a, b in combinations(here, 2)
        ]
    if not made:
        raise LogError(_nothing(lines))
    return Comparison(
        tuple(
            _pairs(
                made,
                until_clear=until_clear,
                allow_failure=allow_failure,
                good=-1 if small_is_good(metric) else 1,
            )
        ),
        tuple(groups),
        metric,
        str(at),
        {task.task: task.budget for task in tasks},
        tuple(lines),
    )


def _nothing(lines: Sequence[str]) -> str:
    """Why nothing is left, in one line."""
    more = f"; and {len(lines) - MOST_TOLD} more" if len(lines) > MOST_TOLD else ""
    return f"nothing to compare: {'; '.join(lines[:MOST_TOLD])}{more}"


def _check(at: At, task: Sorted) -> None:
    if at.name == "step" and at.amount > task.budget:
        raise ValueError(
            f"--at step={at.amount:,.0f} lies beyond the common budget of {task.budget:,.0f} steps"
        )


def _pairs(
    made: Sequence[tuple[Group, Group, Difference, float]],
    *,
    until_clear: bool,
    allow_failure: bool,
    good: int,
) -> list[Pair]:
    """Every pair with its verdict, p-values corrected for their number.

    What is corrected is chance in the seeds that were run; if one more seed is allowed to fail, it may not
    undo any pair as it stands.
    """
    reachable = holm([one.reachable for _, _, one, _ in made])
    seen_alone = holm([one.seen.p for _, _, one, _ in made])
    corrected = [max(p, one.p) for p, (_, _, one, _) in zip(seen_alone, made, strict=True)]
    pairs = []
    for (a, b, one, range_), p, best, alone in zip(made, corrected, reachable, seen_alone, strict=True):
        seen = looked(a.filled, b.filled, len(made), allow_failure=allow_failure) if until_clear else None
        doubtful = best > ALPHA or alone <= ALPHA < p
        verdict = _sequential(seen, good) if seen else _verdict(one, p, good, doubtful=doubtful)
        pairs.append(Pair(a, b, one, p, verdict, _needed(a, b, one, range_), len(made), seen))
    return pairs


def _group(name: str, task: Sorted, at: At, *, small: bool) -> Group:
    runs = sorted((run for run in task.runs if run.group == name), key=_by_seed)
    diverged = sum(run.group == name for run in task.diverged)
    scores = np.array([score(run.curve, at, task.budget) for run in runs])
    below = failing_below(scores)
    failed = Share(int((scores < below).sum() if below is not None else 0) + diverged, len(scores) + diverged)
    return Group(
        name,
        task.task,
        tuple(runs),
        scores,
        noise_floor(scores),
        tolerance(scores) if below is None else (-np.inf, np.inf),
        below,
        failed if below is not None or diverged else None,
        diverged,
        _worst(task, small=small),
    )


def _worst(task: Sorted, *, small: bool) -> float:
    """The worst value that any curve of the task has had."""
    every = np.concatenate([run.curve.values for run in (*task.runs, *task.diverged)])
    return float(every.max() if small else every.min())


def _by_seed(run: Run) -> tuple[int, str]:
    return (int(run.seed) if run.seed.isdecimal() else 10**9, str(run.path))


def _difference(a: Group, b: Group, *, allow_failure: bool) -> Difference:
    """Of the scores; a difference counts only if it also holds with diverged runs as the worst of all."""
    plain = difference(a.scores, b.scores, allow_failure=allow_failure)
    if not a.diverged and not b.diverged:
        return plain
    other = difference(a.filled, b.filled, allow_failure=allow_failure)
    return plain.no_clearer_than(other)


def _verdict(one: Difference, p: float, good: int, *, doubtful: bool) -> Verdict:
    """Doubtful are differences that so few seeds cannot show, or that one more seed would undo."""
    if doubtful:
        return "too few seeds"
    if p > ALPHA or one.value == 0:
        return "noise"
    return "better" if one.value * good > 0 else "worse"


def _sequential(seen: Looked, good: int) -> Verdict:
    if seen.sign:
        return "better" if seen.sign * good > 0 else "worse"
    return "too few seeds" if seen.more else "noise"


def _range(task: Sorted) -> float:
    """From the lowest to the highest level that the groups reach along their curves."""
    levels = [level for run in task.runs for level in _levels(run.curve.values)]
    return float(max(levels) - min(levels))


def _levels(values: Floats) -> list[float]:
    """Means of tenths of a curve: single episodes are mostly chance."""
    return [float(part.mean()) for part in np.array_split(values, 10) if len(part)]


def _needed(a: Group, b: Group, one: Difference, range_: float) -> dict[str, tuple[int, int]]:
    if min(len(a.scores), len(b.scores)) < 2:
        return {}
    _, low, high = spread([a.scores, b.scores])
    sizes = {"seen": one.value} | {f"{100 * part:g}%": part * range_ for part in PARTS}
    return {name: needed(size, low, high) for name, size in sizes.items()}
