"""Where the runs of a diagnosis take place: here, in forked processes, or where joblib says."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from rlprobe.diagnosis.workers.cluster import Cluster, is_elsewhere
from rlprobe.diagnosis.workers.forked import Forked
from rlprobe.diagnosis.workers.task import Shares, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.diagnosis.run import Failure, Run
    from rlprobe.diagnosis.training.subject import Subject

__all__ = ["Task", "workers"]


class Here(Shares):
    """Runs tasks one after the other in this process."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def run(self, tasks: list[Task], deadline: float) -> Iterator[tuple[Task, Run | Failure]]:
        """Outcomes one by one; tasks that the caller appends meanwhile run as well."""
        while tasks and time.perf_counter() <= deadline:
            until = self.until_of(tasks[0], deadline, len(tasks))
            task = tasks.pop(0)
            outcome = self._subject.run(task.trial, task.seed, until=until)
            self.note(task, outcome)
            yield task, outcome


@contextlib.contextmanager
def workers(subject: Subject, jobs: int) -> Iterator[Here | Forked | Cluster]:
    """Where tasks run: with joblib's backend if it reaches other machines, or in ``jobs`` processes here.

    Without fork (Windows, macOS) they run one after the other in this process.
    """
    if is_elsewhere():
        yield Cluster(subject, jobs)
        return
    if jobs == 1 or sys.platform in {"win32", "darwin"}:
        yield Here(subject)
        return
    forked = Forked(subject, jobs)
    try:
        yield forked
    except BaseException:
        forked.stop()
        raise
    finally:
        forked.close()
