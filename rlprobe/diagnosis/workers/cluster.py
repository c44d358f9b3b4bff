"""Run trials where joblib says: with ``parallel_config(backend="dask")`` on the workers of a cluster."""

from __future__ import annotations

import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.run import Failure, Run
from rlprobe.diagnosis.workers.task import Shares, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.diagnosis.training.subject import Subject

USUAL = frozenset({"LokyBackend", "ThreadingBackend", "SequentialBackend", "MultiprocessingBackend"})


def is_elsewhere() -> bool:
    """Whether the caller chose a backend of joblib that sends its work to other machines."""
    joblib = sys.modules.get("joblib")
    if joblib is None:
        return False
    backend, _ = joblib.parallel.get_active_backend()
    return type(backend).__name__ not in USUAL


class Cluster(Shares):
    """Runs tasks through joblib's active backend, which decides how many at a time.

    The subject and the trials are sent to the workers: the agent has to be importable there, or something
    that cloudpickle can send. A worker's clock is not ours: it is told for how many seconds a run may last.
    """

    def __init__(self, subject: Subject, jobs: int) -> None:
        self._subject, self._jobs = subject, jobs

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes as they come; tasks that the caller appends to the list meanwhile are run as well."""
        joblib = sys.modules["joblib"]
        while tasks and time.perf_counter() < deadline:
            pool = joblib.Parallel(
                n_jobs=self._jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
            )
            at_once = joblib.effective_n_jobs(self._jobs)
            for task, outcome in pool(self._calls(joblib.delayed(_run), tasks, deadline, at_once)):
                self.note(task, outcome)
                yield task, outcome

    def _calls(self, call: Any, tasks: list[Task], deadline: float, at_once: int) -> Iterator[Any]:
        while tasks and (now := time.perf_counter()) < deadline:
            seconds = self.until_of(tasks[0], deadline, len(tasks) / at_once) - now
            yield call(self._subject, tasks.pop(0), seconds)


def _run(subject: Subject, task: Task, seconds: float) -> tuple[Task, Run | Failure]:
    """Run a task on a worker, for at most so many seconds."""
    try:
        return task, subject.run(task.trial, task.seed, until=time.perf_counter() + seconds)
    except Exception as error:  # noqa: BLE001 - the other runs go on
        return task, Failure(f"{type(error).__name__}: {error}", traceback.format_exc())
