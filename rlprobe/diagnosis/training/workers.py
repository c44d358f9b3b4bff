"""Running trials in this process or side by side in forked ones."""

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
from pathlib import Path
from typing import TYPE_CHECKING

from rlprobe.diagnosis.questions import AgentError
from rlprobe.diagnosis.training.runner import run
from rlprobe.diagnosis.trial import Run, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.agent import MakeAgent

GRACE = 10.0
"""Seconds after the deadline in which a run that has begun may still end."""
SHARE = 1.2
"""How much of an equal share of the time left one run may take, so that a slow agent meets every probe."""


@dataclass(frozen=True)
class Task:
    """One seed of one trial."""

    number: int
    trial: Trial
    seed: int


@dataclass(frozen=True)
class Failure:
    """What an agent raised.

    Args:
        error: the error in one line.
        trace: the traceback.
        place: file and line of the agent's code in which it happened.
        unreadable: whether the agent ran, but answered what cannot be read.
    """

    error: str
    trace: str
    place: str = ""
    unreadable: bool = False


class _Here:
    """Runs tasks one after the other in this process."""

    def __init__(self, make_agent: MakeAgent) -> None:
        self._make_agent = make_agent

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes one by one; tasks that the caller appends to the list meanwhile are run as well."""
        while tasks and time.perf_counter() <= deadline:
            until = _until(deadline, len(tasks))
            task = tasks.pop(0)
            outcome = _attempt(self._make_agent, task, until)
            yield task, outcome
            if isinstance(outcome, Failure):
                return


class _Forked:
    """Runs tasks in forked processes, which inherit the factory as it is."""

    def __init__(self, pool: ProcessPoolExecutor, jobs: int) -> None:
        self._pool, self._jobs = pool, jobs

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes as they come; tasks that the caller appends to the list meanwhile are run as well."""
        running = dict[Future[Run | Failure], Task]()
        while running or (tasks and time.perf_counter() < deadline):
            while tasks and len(running) < self._jobs and time.perf_counter() < deadline:
                until = _until(deadline, len(tasks) / self._jobs)
                task = tasks.pop(0)
                running[self._pool.submit(_forked, task, until)] = task
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                outcome = _collected(future)
                if isinstance(outcome, Failure):
                    tasks.clear()
                yield task, outcome
            if time.perf_counter() > deadline + GRACE and running:
                self._stop()
                hung = next(iter(running.values()))
                yield hung, Failure(f"learn() did not return within {GRACE:.0f} s of the budget", "")
                return

    def _stop(self) -> None:
        for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - no public way to stop
            process.kill()


@contextlib.contextmanager
def workers(make_agent: MakeAgent, jobs: int) -> Iterator[_Here | _Forked]:
    """A place to run tasks in; forked processes where asked for and possible."""
    if jobs == 1 or sys.platform in {"win32", "darwin"}:
        yield _Here(make_agent)
        return
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(make_agent,))
    forked = _Forked(pool, jobs)
    try:
        yield forked
    except BaseException:
        forked._stop()  # noqa: SLF001
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_inherited: list[MakeAgent] = []


def _begin(make_agent: MakeAgent) -> None:
    _inherited[:] = [make_agent]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _until(deadline: float, waiting: float) -> float:
    """When a run that begins now has to end, if ``waiting`` runs in a row are still to come with it."""
    now = time.perf_counter()
    return now + (deadline - now) * min(1.0, SHARE / waiting)


def _forked(task: Task, until: float) -> Run | Failure:
    return _attempt(_inherited[0], task, until)


def _collected(future: Future[Run | Failure]) -> Run | Failure:
    try:
        return future.result()
    except BrokenProcessPool:
        error = "its process died (out of memory, a segmentation fault, or os._exit)"
        return Failure(error, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - an answer that cannot be sent back
        return Failure(f"{type(error).__name__}: {error}", traceback.format_exc())


def _attempt(make_agent: MakeAgent, task: Task, until: float) -> Run | Failure:
    try:
        return run(make_agent, task.trial, task.seed, seconds=until - time.perf_counter())
    except AgentError as error:
        return Failure(str(error), traceback.format_exc(), unreadable=True)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a foreign agent raises
        message = f"{type(error).__name__}: {error}"
        return Failure(message, traceback.format_exc(), _place(error))


def _place(error: BaseException) -> str:
    """The last line of the agent's own code that the error passed through, or of a library it uses."""
    here = Path(sys.modules[__name__.partition(".")[0]].__file__ or "").parent
    ours = (str(here), str(here.with_name("probe_envs")))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    own = [f for f in frames if "site-packages" not in f.filename] or frames
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ""
