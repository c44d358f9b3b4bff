"""``rlprobe.compare``: find the runs, take one number of each, and say which difference is real."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rlprobe.comparison.arrays import runs_of
from rlprobe.comparison.concluding import concluded
from rlprobe.comparison.finding.choosing import choose
from rlprobe.comparison.finding.groups import gathered
from rlprobe.comparison.scoring import At

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rlprobe.comparison.report.comparison import Comparison
    from rlprobe.comparison.run import Run


def compare(
    *groups: str | os.PathLike[str] | npt.ArrayLike,
    metric: str = "return",
    at: str = "last10%",
    names: Sequence[str] = (),
    until_clear: bool = False,
    allow_failure: bool = False,
) -> Comparison:
    """Say whether one group of training runs is better than another, or whether the difference is noise.

    Args:
        groups: two or more groups of runs, each a folder, a pattern of paths, or an array: ``(seeds,)``
            final scores or ``(seeds, points)`` curves, or a list with a curve for each seed.
        metric: name of the metric in the logs; ``"return"`` and ``"length"`` know the names of libraries.
        at: ``"last10%"`` of the steps, ``"auc"`` or ``"step=N"``.
        names: names of the groups; ``A``, ``B``, ... by default for arrays.
        until_clear: compare at 5, 7, 10, 14 and 20 seeds only, and list the seeds to run next.
        allow_failure: whether a difference must also hold if one more seed fails: up to ten seeds, it then
            counts only if one more seed at the other end would not undo it.

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
    runs: list[Run]
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
            runs += runs_of(name, given)  # type: ignore[arg-type]
    return concluded(
        runs, order, metric, when, problems, until_clear=until_clear, allow_failure=allow_failure
    )


def _called(metric: str, family: str) -> str:
    return f"{family} {metric}" if metric in {"return", "length"} else metric
