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


class Pulse:
    """The heartbeat that work gives before each call that might hang."""

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
    """How a piece of work ended; exactly one of ``value``, ``error``, ``hung``, ``interrupted`` says so."""

    value: T | None = None
    error: BaseException | None = None
    hung: str = ""
    interrupted: bool = False
    pulse: Pulse = field(default_factory=Pulse)


class Watch:
    """Runs work in one thread, so that what belongs to a thread (a drawing context) stays valid.

    Args:
        timeout: seconds without a beat after which work counts as hung. Its thread is left alone then and
            the next work gets a new one.
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

    def run(self, work: Callable[[Pulse], T], tick: Callable[[], None] = lambda: None) -> Outcome[T]:
        """Run ``work(pulse)`` until it ends, is interrupted, or gives no sign of life any more.

        Args:
            work: what to do; it calls ``pulse.beat`` before each call into the environment, or block of
                calls.
            tick: called about twenty times a second meanwhile, for a progress bar.
        """
        outcome: Outcome[T] = Outcome()
        done = threading.Event()

        def task() -> None:
            try:
                outcome.value = work(outcome.pulse)
            except BaseException as error:  # noqa: BLE001 - what a foreign environment raises is a finding
                outcome.error = error
            finally:
                done.set()

        self._tasks.put(task)
        try:
            while not done.wait(POLL_S):
                tick()
                quiet = time.monotonic() - outcome.pulse.last
                if quiet > self.timeout and not outcome.pulse.resting:
                    outcome.pulse.stopped = True
                    outcome.hung = outcome.pulse.doing
                    self._abandon()
                    break
        except KeyboardInterrupt:
            outcome.pulse.stopped = True
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
