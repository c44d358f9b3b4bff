"""Run trials in this process, or in parallel in forked ones."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlprobe.diagnosis.run import Failure, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rlprobe.diagnosis.training.subject import Subject
    from rlprobe.diagnosis.trial import Trial

KILL_AFTER_SHARE, KILL_AFTER_LEAST_S = 0.03, 0.5
"""A run may end this late after the deadline: a share of the budget, but at least some seconds."""
HUNG_AFTER_S = 10.0
"""A stopped call of ``learn`` counts as hung if its run should have ended this many seconds earlier."""
RUN_SHARE = 1.2
"""A run gets its equal share of the remaining time, times this, so a slow agent is tested on every probe."""


@dataclass(frozen=True)
class Task:
    """One seed of one trial."""

    number: int
    trial: Trial
    seed: int


class _Here:
    """Runs tasks one after the other in this process."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes one by one; tasks that the caller appends meanwhile run as well."""
        while tasks and time.perf_counter() <= deadline:
            until = _until(deadline, len(tasks))
            task = tasks.pop(0)
            yield task, self._subject.run(task.trial, task.seed, until=until)


class _Forked:
    """Runs tasks in forked processes, which inherit the subject as it is."""

    def __init__(self, pool: ProcessPoolExecutor, jobs: int) -> None:
        self._pool, self._jobs = pool, jobs

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes as they come; tasks that the caller appends to the list meanwhile are run as well."""
        grace = max(KILL_AFTER_LEAST_S, KILL_AFTER_SHARE * (deadline - time.perf_counter()))
        running = dict[Future[Run | Failure], tuple[Task, float]]()
        while running or (tasks and time.perf_counter() < deadline):
            while tasks and len(running) < self._jobs and time.perf_counter() < deadline:
                until = _until(deadline, len(tasks) / self._jobs)
                task = tasks.pop(0)
                running[self._pool.submit(_forked, task, until)] = task, until
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                task, _ = running.pop(future)
                yield task, _collected(future)
            if time.perf_counter() > deadline + grace and running:
                self._stop()
                yield from _hung(running.values())
                return

    def _stop(self) -> None:
        for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - no public way to stop
            process.kill()


@contextlib.contextmanager
def workers(subject: Subject, jobs: int) -> Iterator[_Here | _Forked]:
    """Where tasks run: in this process, or in forked ones if ``jobs`` is above 1 and the platform forks."""
    if jobs == 1 or sys.platform in {"win32", "darwin"}:
        yield _Here(subject)
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(subject,))
    forked = _Forked(pool, jobs)
    try:
        yield forked
    except BaseException:
        forked._stop()  # noqa: SLF001
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_inherited: list[Subject] = []


def _begin(subject: Subject) -> None:
    _inherited[:] = [subject]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _hung(stopped: Iterable[tuple[Task, float]]) -> Iterator[tuple[Task, Failure]]:
    """The first of the stopped runs that should have ended long before."""
    now = time.perf_counter()
    for task, until in stopped:
        if now > until + HUNG_AFTER_S:
            yield task, Failure(f"learn() did not return for {now - until:.0f} s after its time was up", "")
            return


def _until(deadline: float, waiting: float) -> float:
    """When a run that begins now has to end, if ``waiting`` runs, this one included, are to run in turn."""
    now = time.perf_counter()
    return now + (deadline - now) * min(1.0, RUN_SHARE / waiting)


def _forked(task: Task, until: float) -> Run | Failure:
    return _inherited[0].run(task.trial, task.seed, until=until)


def _collected(future: Future[Run | Failure]) -> Run | Failure:
    try:
        return future.result()
    except BrokenProcessPool:
        error = "its process died (out of memory, a segmentation fault, or os._exit)"
        return Failure(error, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - an answer that cannot be sent back
        return Failure(f"{type(error).__name__}: {error}", traceback.format_exc())
