"""The curve of each run: the same metric for all of them, from evaluations or from training, never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.comparison.finding.candidates import AT_ONCE, Candidate, names_in
from rlprobe.comparison.log import LogError, Series
from rlprobe.comparison.metrics import listed, picks
from rlprobe.comparison.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.comparison.metrics import Family, Pick

KINDS: Final = ("evaluations", "monitor", "jsonl", "table", "events", "wandb", "numbers")
"""The preferred source of a metric first."""
END_SHARE: Final = 0.1
FAMILIES: Final[tuple[Family, ...]] = ("evaluation", "training")


@dataclass(frozen=True)
class Chosen:
    """Runs with a curve, and what was left out."""

    runs: tuple[Run, ...]
    family: Family
    problems: tuple[str, ...]


def choose(found: Sequence[Candidate], metric: str) -> Chosen:
    """The curves of the metric.

    Raises:
        LogError: no run has the metric; the message lists those that there are.
    """
    picked = [_by_family(one, metric) for one in found]
    counts = {family: sum(family in one for one in picked) for family in FAMILIES}
    if not any(counts.values()):
        names = names_in(found)
        has = f"the logs have: {listed(names)}" if names else "the logs contain no metric at all"
        raise LogError(f"no run has the metric {metric!r}; {has}")
    family = max(FAMILIES, key=lambda one: counts[one])
    homes = {one.path for one, pick in zip(found, picked, strict=True) if pick}
    runs, problems = [], []
    for candidate, pick in zip(found, picked, strict=True):
        if family in pick:
            run, said = _run(candidate, pick[family])
            runs += [run] if run else []
            problems += said
        elif pick:
            problems.append(
                f"{candidate.path}: left out: it has only {next(iter(pick))} returns; the others are "
                f"compared by {family}"
            )
        elif not homes & set(candidate.path.parents):
            problems.append(
                f"{candidate.path}: left out: it lacks the metric {metric!r}; it has: "
                f"{listed(names_in([candidate]))}"
            )
    return Chosen(tuple(runs), family, tuple(_together(problems)))


def _together(problems: Sequence[str]) -> list[str]:
    """One line for all runs that were put together from the files of their processes."""
    many = [line for line in problems if AT_ONCE in line]
    if len(many) < 2:
        return list(problems)
    first = f"{many[0].split(':', 1)[0]} and {len(many) - 1} more runs: their monitor files {AT_ONCE}"
    return [first, *(line for line in problems if AT_ONCE not in line)]


def _by_family(candidate: Candidate, metric: str) -> dict[Family, Pick]:
    found = sorted(picks(candidate.logs, metric), key=lambda pick: KINDS.index(pick.log.kind))
    return {
        family: next(p for p in found if p.family == family)
        for family in FAMILIES
        if any(p.family == family for p in found)
    }


def _run(candidate: Candidate, pick: Pick) -> tuple[Run | None, list[str]]:
    said = [f"{candidate.path}: {note}" for note in candidate.notes]
    finite = np.isfinite(pick.series.values)
    steps, values = pick.series.steps[finite], pick.series.values[finite]
    seed, seed_from = candidate.facts.get("seed", ("", ""))
    nan_since = _nan_since(pick.series, finite)
    if nan_since is None and not finite.all():
        count = int((~finite).sum())
        many = (
            "values of {} are NaN or infinite and were"
            if count > 1
            else "value of {} is NaN or infinite and was"
        )
        said.append(f"{candidate.path}: {count} {many.format(pick.name)} left out")
    if not len(values) and nan_since is None:
        return None, [*said, f"{candidate.path}: left out: {pick.name} has no value"]
    task, algorithm = (candidate.facts.get(fact, ("", ""))[0] for fact in ("task", "algorithm"))
    run = Run(
        group=candidate.group,
        path=candidate.path,
        curve=Series(steps, values),
        axis=pick.log.axis,
        metric=pick.name,
        seed=seed,
        seed_from=seed_from,
        task=task,
        algorithm=algorithm,
        source=pick.log.kind,
        nan_since=nan_since,
    )
    return run, said


def _nan_since(series: Series, finite: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float | None:
    """The step from which there are only NaN, if they fill the end of the run."""
    if not len(finite) or finite[-1]:
        return None
    last = int(np.flatnonzero(finite)[-1]) if finite.any() else -1
    since, end = series.steps[last + 1], series.steps[-1]
    return float(since) if last < 0 or since <= end * (1 - END_SHARE) or len(finite) - last > 2 else None
