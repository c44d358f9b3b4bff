"""Runs that may not be compared are left out and said: the same run twice, other axes, diverged runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.run import UNKNOWN_TASK, Run, same

if TYPE_CHECKING:
    from collections.abc import Sequence

UNEQUAL_BELOW: Final = 0.95
"""Runs whose budgets differ by less have the same one: the last episode ends where it ends."""

BEGUN_BELOW: Final = 0.1
"""A run that ends before this share of what half of them reach has hardly begun: nothing is cut to it."""


@dataclass(frozen=True)
class Sorted:
    """Runs of one task that can be compared, with those that diverged apart."""

    task: str
    runs: tuple[Run, ...]
    diverged: tuple[Run, ...]
    budget: float
    axis: str


def weeded(runs: Sequence[Run]) -> tuple[list[Sorted], list[str]]:
    """Runs by task, and a line for each that was left out or cut."""
    kept, said = _once(runs)
    named = sorted({run.task for run in kept} - {UNKNOWN_TASK})
    lone = named[0] if len(named) == 1 else UNKNOWN_TASK
    tasks: dict[str, list[Run]] = {}
    for run in kept:
        tasks.setdefault(run.task or lone, []).append(run)
    found = []
    for task, here in sorted(tasks.items()):
        one, lines = _of_task(task, here)
        said += lines
        found += [one] if one else []
    return found, said


def _once(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """Each run once; one that is in two groups belongs to neither."""
    kept: list[Run] = []
    said: list[str] = []
    shared: list[Run] = []
    for run in runs:
        twin = next((one for one in [*kept, *shared] if same(one, run)), None)
        if twin is None:
            kept.append(run)
        elif twin.group == run.group:
            said.append(f"{run.path}: left out: it is the same run as {twin.path}")
            if twin in kept and len(run.curve.values) > len(twin.curve.values):
                kept[kept.index(twin)] = run
        else:
            said.append(
                f"{run.path}: left out of both groups: it is the same run as {twin.path} of {twin.group}"
            )
            shared.append(twin)
            kept = [one for one in kept if one is not twin]
    return kept, said


def _of_task(task: str, runs: Sequence[Run]) -> tuple[Sorted | None, list[str]]:
    on = f" on {task}" if task else ""
    if len({run.group for run in runs}) < 2:
        groups = " and ".join(sorted({run.group for run in runs}))
        return None, [f"{task or 'an unnamed task'}: only {groups} has runs{on}; nothing to compare there"]
    axis = Counter(run.axis for run in runs).most_common(1)[0][0]
    said = [
        f"{run.path}: left out: its steps are {run.axis}, those of the others are {axis}"
        for run in runs
        if run.axis != axis
    ]
    diverged = tuple(run for run in runs if run.axis == axis and run.nan_since is not None)
    said += [
        f"{run.path}: left out: its returns are NaN from step {run.nan_since:,.0f} on; a difference "
        "must also hold with this run as the worst of all"
        for run in diverged
    ]
    finite = tuple(run for run in runs if run.axis == axis and run.nan_since is None)
    if not finite:
        return None, [*said, f"no run{on} is left to compare"]
    usable, lines = _long_enough(finite, axis)
    budget = min(run.budget for run in usable)
    said += [*lines, *_unequal_budgets(usable, axis, on), *_repeated_seeds(usable, on)]
    return Sorted(task, usable, diverged, budget, axis), said


def _long_enough(runs: tuple[Run, ...], axis: str) -> tuple[tuple[Run, ...], list[str]]:
    """The runs that have more than begun, and a line for each other."""
    half = sorted(run.budget for run in runs)[len(runs) // 2]
    begun = [run for run in runs if run.budget < BEGUN_BELOW * half]
    said = [
        f"{run.path}: left out: it ends at {run.budget:,.0f} {axis}, where half of the runs reach {half:,.0f}"
        for run in begun
    ]
    return tuple(run for run in runs if run not in begun), said


def _unequal_budgets(runs: tuple[Run, ...], axis: str, on: str) -> list[str]:
    """A line if the shortest run is so short that the others are cut to it."""
    shortest, longest = min(runs, key=lambda run: run.budget), max(runs, key=lambda run: run.budget)
    if shortest.budget >= UNEQUAL_BELOW * longest.budget:
        return []
    return [
        (
            f"unequal budgets{on}: {shortest.label} of {shortest.group} ends at {shortest.budget:,.0f}, "
            f"{longest.label} of {longest.group} at {longest.budget:,.0f} {axis}; all are cut to "
            f"{shortest.budget:,.0f}"
        )
    ]


def _repeated_seeds(runs: tuple[Run, ...], on: str) -> list[str]:
    """A line if several runs of a group have one seed."""
    times = Counter((run.group, run.seed) for run in runs if run.seed)
    twice = [f"{group}, seed {seed}" for (group, seed), n in times.items() if n > 1]
    if not twice:
        return []
    return [
        (
            f"several runs have the same seed{on} ({'; '.join(twice[:3])}): their curves differ, "
            "so they count as separate runs"
        )
    ]
