"""All runs of a battery, one after the other or in processes."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final

from rlprobe.battery.problems import why_missing
from rlprobe.battery.saved import Saved
from rlprobe.battery.training import Outcome, train
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rlprobe.agent import MakeAgent
    from rlprobe.battery.problems import Problem

    Runs = Sequence[tuple[Problem, int]]

SHARE: Final = 1.5
"""A run may take its equal share of the time, times this."""


def measure(
    resolve: Callable[[str], MakeAgent],
    target: str,
    problems: Sequence[Problem],
    *,
    seeds: int,
    jobs: int,
    budget: float,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Saved:
    """Train an agent on every problem with every seed.

    Args:
        resolve: finds the function that builds the agent; must be a function of a module.
        target: what the user called it.
        problems: what to learn.
        seeds: runs on each problem.
        jobs: processes.
        budget: seconds for all of it.
        progress: called with runs done, runs in all, and the last one.
    """
    skipped = {problem.env: why for problem in problems if (why := why_missing(problem))}
    runs = [(problem, seed) for problem in problems if problem.env not in skipped for seed in range(seeds)]
    seconds = SHARE * budget * jobs / max(1, len(runs))
    curves: dict[str, dict[str, list[tuple[float, float]]]] = {}
    outcomes = (
        _here(resolve, target, runs, seconds) if jobs == 1 else _apart(resolve, target, runs, seconds, jobs)
    )
    for done, outcome in enumerate(outcomes, 1):
        if outcome.problem:
            skipped.setdefault(outcome.env, f"seed {outcome.seed}: {outcome.problem}")
        else:
            curves.setdefault(outcome.env, {})[str(outcome.seed)] = outcome.points
        progress(done, len(runs), f"{outcome.env} seed {outcome.seed}")
    ordered = {
        env: dict(sorted(curves[env].items(), key=lambda one: int(one[0])))
        for env in dict.fromkeys(p.env for p in problems)
        if env in curves
    }
    return Saved(target, ordered, skipped, versions())


def _here(resolve: Callable[[str], MakeAgent], target: str, runs: Runs, seconds: float) -> Iterable[Outcome]:
    for problem, seed in runs:
        yield train(resolve, target, problem, seed, seconds)


def _apart(
    resolve: Callable[[str], MakeAgent], target: str, runs: Runs, seconds: float, jobs: int
) -> Iterable[Outcome]:
    """In new processes: with as many as there are cores, more threads in each would only be in the way."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures: dict[Future[Outcome], tuple[Problem, int]] = {
            pool.submit(train, resolve, target, problem, seed, seconds): (problem, seed)
            for problem, seed in runs
        }
        try:
            for future in as_completed(futures):
                problem, seed = futures[future]
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield Outcome(problem.env, seed, problem="its process was killed")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
