"""``rlprobe.compare``: find the runs, take one number of each, and say which difference is real."""

from __future__ import annotations

import os
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.arrays import runs_of
from rlprobe.comparison.finding.choosing import choose
from rlprobe.comparison.finding.groups import gathered
from rlprobe.comparison.findings import Group, Pair
from rlprobe.comparison.log import LogError
from rlprobe.comparison.report.comparison import Comparison
from rlprobe.comparison.scoring import At, score
from rlprobe.comparison.statistics.difference import Difference, difference, holm
from rlprobe.comparison.statistics.humps import failing_below
from rlprobe.comparison.statistics.noise import noise_floor, tolerance
from rlprobe.comparison.statistics.permutation import ALPHA
from rlprobe.comparison.statistics.seeds import needed, spread
from rlprobe.comparison.weeding import weeded
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rlprobe.comparison.findings import Verdict
    from rlprobe.comparison.log import Floats
    from rlprobe.comparison.run import Run
    from rlprobe.comparison.weeding import Sorted

PARTS: Final = (0.05, 0.1, 0.2)
"""Parts of the range of returns for which the needed seeds are told."""


def compare(
    *groups: str | os.PathLike[str] | npt.ArrayLike,
    metric: str = "return",
    at: str = "last10%",
    names: Sequence[str] = (),
) -> Comparison:
    """Say whether one group of training runs is better than another, or whether the difference is noise.

    Args:
        groups: two or more groups of runs, each a folder, a pattern of paths, or an array: ``(seeds,)``
            final scores or ``(seeds, points)`` curves.
        metric: name of the metric in the logs; ``"return"`` and ``"length"`` know the names of libraries.
        at: ``"last10%"`` of the steps, ``"auc"`` or ``"step=N"``.
        names: of the groups; by default ``A``, ``B``, ... for arrays.

    Returns:
        The verdict of the first group, the difference with its 95 % interval, the noise floor and the seeds
        needed. Up to eight seeds the interval is the inverted permutation test, above it the studentised
        bootstrap, never narrower than Welch's where spreads differ; p-values of several pairs are corrected
        by Holm's method.

    Raises:
        ValueError: the groups cannot be compared at all: one line says why.
        rlprobe.extras.MissingExtraError: SciPy is not installed.

    >>> result = compare([5.1, 4.9, 5.3, 5.0, 5.2], [1.1, 0.9, 1.3, 1.0, 1.2])
    >>> result.verdict, round(result.pairs[0].difference.value, 6)
    ('better', 4.0)
    """
    when = At.of(at)
    if groups and all(isinstance(one, (str, os.PathLike)) for one in groups):
        found, order, problems = gathered([os.fspath(one) for one in groups])  # type: ignore[arg-type]
        chosen = choose(found, metric)
        runs, metric = list(chosen.runs), _called(metric, chosen.family)
        problems += chosen.problems
    else:
        order = list(names) or [chr(ord("A") + place) for place in range(len(groups))]
        if len(groups) < 2 or len(order) != len(groups):
            raise ValueError(
                f"expected at least two groups and a name for each, got {len(groups)} and {len(order)}"
            )
        runs, problems = [], []
        for name, given in zip(order, groups, strict=True):
            runs += runs_of(name, given)[0]  # type: ignore[arg-type]
    return concluded(runs, order, metric, when, problems)


def _called(metric: str, family: str) -> str:
    return f"{family} {metric}" if metric in {"return", "length"} else metric


def concluded(
    runs: Sequence[Run], order: Sequence[str], metric: str, at: At, problems: Sequence[str]
) -> Comparison:
    """The comparison of runs whose groups come in that order.

    Raises:
        LogError: no task has runs of two groups.
    """
    tasks, said = weeded(runs)
    lines = [*problems, *said]
    if not tasks:
        raise LogError("nothing to compare: " + "; ".join(lines))
    groups, made = [], []
    for task in tasks:
        if at.name == "step" and at.amount > task.budget:
            raise ValueError(
                f"--at step={at.amount:,.0f} lies beyond the common budget of {task.budget:,.0f} steps"
            )
        here = [_group(name, task, at) for name in order if any(run.group == name for run in task.runs)]
        groups += here
        made += [(a, b, _difference(a, b, task), task) for a, b in combinations(here, 2)]
    if not made:
        raise LogError("nothing to compare: " + "; ".join(lines))
    corrected = holm([one.p for _, _, one, _ in made])
    reachable = holm([one.reachable for _, _, one, _ in made])
    pairs = tuple(
        Pair(a, b, one, p, _verdict(one, p, best), _needed(a, b, one, _range(task)), len(made))
        for (a, b, one, task), p, best in zip(made, corrected, reachable, strict=True)
    )
    return Comparison(
        pairs, tuple(groups), metric, str(at), {task.task: task.budget for task in tasks}, tuple(lines)
    )


def _group(name: str, task: Sorted, at: At) -> Group:
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
    )


def _by_seed(run: Run) -> tuple[int, str]:
    return (int(run.seed) if run.seed.isdecimal() else 10**9, str(run.path))


def _difference(a: Group, b: Group, task: Sorted) -> Difference:
    """Of the scores; a difference counts only if it also holds with diverged runs as the worst of all."""
    plain = difference(a.scores, b.scores)
    if not a.diverged and not b.diverged:
        return plain
    worst = min(
        float(run.curve.values.min()) for run in (*task.runs, *task.diverged) if len(run.curve.values)
    )
    filled = [np.append(group.scores, np.full(group.diverged, worst)) for group in (a, b)]
    other = difference(filled[0], filled[1])
    p = max(plain.p, other.p) if plain.value * other.value > 0 else 1.0
    return Difference(plain.value, plain.low, plain.high, p, plain.reachable, plain.method)


def _verdict(one: Difference, p: float, reachable: float) -> Verdict:
    if reachable > ALPHA:
        return "too few seeds"
    if p > ALPHA or one.value == 0:
        return "noise"
    return "better" if one.value > 0 else "worse"


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
