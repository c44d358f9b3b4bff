"""Work under watch: an environment that hangs or raises does not take the inspection with it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
POLL = 0.05


class Pulse:
    """The sign of life that work gives before each call that might not return."""

    def __init__(self) -> None:
        self.last, self.doing, self.stopped = time.monotonic(), "starting", False

    def beat(self, doing: str) -> None:
        """Say what is about to be done.

        Raises:
            StoppedError: the user, or the watch, has given this work up.
        """
        self.last, self.doing = time.monotonic(), doing
        if self.stopped:
            raise StoppedError(doing)


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


def watched(
    work: Callable[[Pulse], T], timeout: float, tick: Callable[[], None] = lambda: None
) -> Outcome[T]:
    """Run ``work(pulse)`` in a thread of its own until it ends or gives no sign of life for ``timeout`` s.

    Args:
        work: what to do; it calls ``pulse.beat`` before each call into the environment, or block of calls.
        timeout: seconds without a beat after which the work counts as hung and its thread is left alone.
        tick: called about twenty times a second meanwhile, for a progress bar.
    """
    outcome: Outcome[T] = Outcome()
    done = threading.Event()

    def run() -> None:
        try:
            outcome.value = work(outcome.pulse)
        except BaseException as error:  # noqa: BLE001 - whatever a foreign environment raises is a finding
            outcome.error = error
        finally:
            done.set()

    threading.Thread(target=run, name="rlprobe-inspect", daemon=True).start()
    try:
        while not done.wait(POLL):
            tick()
            if time.monotonic() - outcome.pulse.last > timeout:
                outcome.pulse.stopped = True
                outcome.hung = outcome.pulse.doing
                break
    except KeyboardInterrupt:
        outcome.pulse.stopped = True
        done.wait(1.0)
        outcome.interrupted = True
    if isinstance(outcome.error, StoppedError):
        outcome.error = None
    return outcome
