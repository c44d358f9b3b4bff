"""A watchdog: an environment that hangs or raises does not stop the inspection."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
POLL_S = 0.05


class Heartbeat:
    """The sign of life that work gives before each call that might hang."""

    def __init__(self) -> None:
        self.last, self.doing, self.stopped = time.monotonic(), "starting", False
        self.resting = False

    def beat(self, doing: str) -> None:
        """Give a sign of life and say which call comes next.

        Raises:
            StoppedError: the user or the watchdog has stopped this work.
        """
        self.last, self.doing = time.monotonic(), doing
        if self.stopped:
            raise StoppedError(doing)

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Within the block the environment is not called, so that nothing can hang in it."""
        self.resting = True
        try:
            yield
        finally:
            self.last, self.resting = time.monotonic(), False


class StoppedError(Exception):
    """The work was told to stop."""


@dataclass
class Outcome(Generic[T]):
    """How a piece of work ended: with a value, with an error, hung in a call, or interrupted by the user.

    Args:
        value: what it returned.
        error: what it raised.
        hung_in: the call that did not return; empty if none.
        interrupted: whether the user interrupted it.
        heartbeat: its signs of life.
    """

    value: T | None = None
    error: BaseException | None = None
    hung_in: str = ""
    interrupted: bool = False
    heartbeat: Heartbeat = field(default_factory=Heartbeat)


class Watch:
    """Runs work in one thread, so that what belongs to a thread (a drawing context) stays valid.

    Args:
        timeout: seconds without a beat after which work counts as hung. Its thread is then abandoned, and the
            next work gets a new one.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._tasks = self._start()

    def _start(self) -> queue.SimpleQueue[Callable[[], None] | None]:
        tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

        def serve() -> None:
            while (task := tasks.get()) is not None:
                task()

        threading.Thread(target=serve, name="rlprobe-inspect", daemon=True).start()
        return tasks

    def close(self) -> None:
        """Let the thread end."""
        self._tasks.put(None)

    def run(self, work: Callable[[Heartbeat], T], tick: Callable[[], None] = lambda: None) -> Outcome[T]:
        """Run ``work(heartbeat)`` until it ends, is interrupted, or gives no sign of life any more.

        Args:
            work: what to do; it calls ``heartbeat.beat`` before each call into the environment, or block of
                calls.
            tick: called about twenty times a second meanwhile, for a progress bar.
        """
        outcome: Outcome[T] = Outcome()
        done = threading.Event()

        def task() -> None:
            try:
                outcome.value = work(outcome.heartbeat)
            except BaseException as error:  # noqa: BLE001 - what a foreign environment raises is a finding
                outcome.error = error
            finally:
                done.set()

        self._tasks.put(task)
        try:
            while not done.wait(POLL_S):
                tick()
                quiet = time.monotonic() - outcome.heartbeat.last
                if quiet > self.timeout and not outcome.heartbeat.resting:
                    outcome.heartbeat.stopped = True
                    outcome.hung_in = outcome.heartbeat.doing
                    self._abandon()
                    break
        except KeyboardInterrupt:
            outcome.heartbeat.stopped = True
            if not done.wait(1.0):
                self._abandon()
            outcome.interrupted = True
        if isinstance(outcome.error, StoppedError):
            outcome.error = None
        return outcome

    def _abandon(self) -> None:
        """Leave the thread to what it hangs in."""
        self.close()
        self._tasks = self._start()
