"""What is learned from: targets, advantages and the replay memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.copies import as_array
from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.holding import Moment

LARGE_ABOVE, VERY_LARGE_ABOVE = 10.0, 10_000.0
OFFSET_ABOVE = 0.5
MEMORY_ABOVE = 0.8


class Data:
    """Judges what is told or found of targets, advantages and memories.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._large, self._very, self._offset = Held(), Held(), Held()
        self._since: dict[str, int | None] = {}
        self._memory: tuple[int, float, float] | None = None

    def targets(self, returns: Any, advantages: Any, now: Moment) -> None:
        """Targets of the critic and advantages of one update."""
        values = as_array(returns).astype(np.float64).reshape(-1)
        if len(values):
            size = largest(values)
            self.curves.add("targets", now.step, size)
            self._since["large"] = self._large.see(size > LARGE_ABOVE, now)
            self._since["very"] = self._very.see(size > VERY_LARGE_ABOVE, now)
        if advantages is None:
            return
        given = as_array(advantages).astype(np.float64).reshape(-1)
        if len(given) > 1 and given.std() > 0:
            offset = float(given.mean() / given.std())
            self.curves.add("advantage_offset", now.step, offset)
            self._since["offset"] = self._offset.see(abs(offset) > OFFSET_ABOVE, now)

    def buffer(self, buffer: Any, now: Moment) -> None:
        """A replay memory: its size when full, against what is free; rows of zeros among those in use."""
        written = int(sum(one.nbytes for one in vars(buffer).values() if isinstance(one, np.ndarray)))
        free = free_memory()
        if free is None:
            return
        room = free + min(written, resident_memory())
        self.curves.add("memory", now.step, written / max(room, 1))
        if written > MEMORY_ABOVE * room:
            self._memory = now.step, float(written), float(room)

    def judge(self) -> list[Finding]:
        """Findings on the data."""
        found: list[Finding] = []
        size = self.curves.get("targets").last
        for key, severity, limit in (("very", "look", VERY_LARGE_ABOVE), ("large", "note", LARGE_ABOVE)):
            since = self._since.get(key)
            if since is not None:
                words = f"99 % of the targets are below {short(size)} in size"
                found.append(Finding("targets-large", severity, since, words, size, (None, limit)))  # type: ignore[arg-type]
                break
        since = self._since.get("offset")
        if since is not None:
            offset = self.curves.get("advantage_offset").last
            words = f"the mean of the advantages is {short(offset)} of their standard deviations"
            bounds = (-OFFSET_ABOVE, OFFSET_ABOVE)
            found.append(Finding("advantages-not-centred", "note", since, words, offset, bounds))
        if self._memory is not None:
            step, written, room = self._memory
            words = f"it needs {short(written / 2**30)} GiB, and there is room for {short(room / 2**30)} GiB"
            share = written / max(room, 1)
            found.append(Finding("memory-will-not-fit", "look", step, words, share, (None, MEMORY_ABOVE)))
        return found


def largest(values: Any) -> float:
    """The 99th percentile of the size of numbers, up to rounding of the rank.

    >>> largest(np.arange(-100.0, 1.0))
    99.0
    """
    size = np.abs(values)
    rank = int(0.99 * (len(size) - 1) + 0.5)
    return float(np.partition(size, rank)[rank])


def resident_memory() -> int:
    """Bytes that this process takes: the most that its arrays take already; 0 where the system does not say.

    Pages of zeros that were never written take nothing yet.
    """
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123 - no file of ours
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def free_memory() -> int | None:
    """Bytes of memory that are free for programs; None where the system does not say."""
    try:
        with open("/proc/meminfo") as file:  # noqa: PTH123 - no file of ours
            for line in file:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        return None
    return None
