"""Run trials in parallel, in forked processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, NoReturn

from rlprobe.diagnosis.run import Failure, Run
from rlprobe.diagnosis.workers.task import Shares, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    from rlprobe.diagnosis.training.subject import Subject

KILL_AFTER_SHARE, KILL_AFTER_LEAST_S = 0.03, 0.5
"""A run may end this late after the deadline: a share of the budget, but at least some seconds."""
PARENT_WATCHED_EVERY_S = 1.0
LEAVE_WITHIN_S = 5.0
"""Time for an orphaned process to end its run and remove the run's folder."""
HUNG_AFTER_S = 10.0
"""A stopped call of ``learn`` counts as hung if its run should have ended this many seconds earlier."""


class Forked(Shares):
    """Runs tasks in forked processes, which inherit the subject as it is."""

    def __init__(self, subject: Subject, jobs: int) -> None:
        context = multiprocessing.get_context("fork")
        self._pool = ProcessPoolExecutor(
            jobs, mp_context=context, initializer=_begin, initargs=(subject, os.getpid())
        )
        self._jobs = jobs

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes as they come; tasks that the caller appends to the list meanwhile are run as well."""
        grace = max(KILL_AFTER_LEAST_S, KILL_AFTER_SHARE * (deadline - time.perf_counter()))
        running = dict[Future[Run | Failure], tuple[Task, float]]()
        while running or (tasks and time.perf_counter() < deadline):
            while tasks and len(running) < self._jobs and time.perf_counter() < deadline:
                until = self.until_of(tasks[0], deadline, len(tasks) / self._jobs)
                task = tasks.pop(0)
                running[self._pool.submit(_forked, task, until)] = task, until
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                task, _ = running.pop(future)
                outcome = _collected(future)
                self.note(task, outcome)
                yield task, outcome
            if time.perf_counter() > deadline + grace and running:
                self.stop()
                yield from _hung(running.values())
                return

    def close(self) -> None:
        """Let the processes end once they are idle."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Kill the processes, whatever they do."""
        for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - no public way to stop
            process.kill()


class _OrphanedError(BaseException):
    """The process that owns this one is gone."""


LEAVING: list[Callable[[], None]] = []
"""What an orphaned process does last: its run may be interrupted while it cleans up, or not leave in time."""
_inherited: list[Subject] = []


def _begin(subject: Subject, parent: int) -> None:
    _inherited[:] = [subject]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    os.register_at_fork(after_in_child=_end_at_once)  # environments in processes of the agent's own
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: a pool whose owner was killed waits for ever."""
    while os.getppid() == parent:
        time.sleep(PARENT_WATCHED_EVERY_S)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(LEAVE_WITHIN_S)
    _end_orphaned()


def _end_orphaned() -> NoReturn:
    for clean in LEAVING:
        clean()
    os._exit(1)


def _end_at_once() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Let the run clean up on its way out."""
    raise _OrphanedError


def _hung(stopped: Iterable[tuple[Task, float]]) -> Iterator[tuple[Task, Failure]]:
    """The first of the stopped runs that should have ended long before."""
    now = time.perf_counter()
    for task, until in stopped:
        if now > until + HUNG_AFTER_S:
            yield task, Failure(f"learn() did not return for {now - until:.0f} s after its time was up", "")
            return


def _forked(task: Task, until: float) -> Run | Failure:
    signal.signal(signal.SIGTERM, _leave)
    try:
        return _inherited[0].run(task.trial, task.seed, until=until)
    except _OrphanedError:
        _end_orphaned()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _collected(future: Future[Run | Failure]) -> Run | Failure:
    try:
        return future.result()
    except BrokenProcessPool:
        error = "its process died (out of memory, a segmentation fault, or os._exit)"
        return Failure(error, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - an answer that cannot be sent back
        return Failure(f"{type(error).__name__}: {error}", traceback.format_exc())
