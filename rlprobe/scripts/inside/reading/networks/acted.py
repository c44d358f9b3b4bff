"""Observations as a script changes them before its networks see them, such as by statistics of its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.networks.policies import MOST_RECENT
from rlprobe.scripts.inside.reading.networks.rows import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.stage import Stage

ACTED_ON_SHARE = 0.5
"""At least this share of a batch of next observations was acted on, if episodes have two steps or more."""
MOST_KNOWN = 50_000
FINGERPRINT_SIZE = 2_048


class ActedOn:
    """The rows that networks were given to act on, each with the observation it stands for."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._width = 0
        self.needed = False
        """Whether a network was given something else than observations as they are."""

    def keep(self, given: Any, numbers: Sequence[int]) -> None:
        """Keep what the script has made of observations, one in each row."""
        if len(self._numbers) > MOST_KNOWN:
            return
        rows = given.detach().to("cpu").float().reshape(len(numbers), -1).numpy()
        self._width = rows.shape[1]
        for number, row in zip(numbers, rows, strict=True):
            self._numbers.setdefault(_key(row), number)

    def numbers(self, given: Any) -> NDArray[np.int64] | None:
        """The observations in the rows of a batch, -1 for rows that are not known; None if most are not."""
        width, count = self._width, len(given) if given.ndim else 0
        pictures = given.ndim > 2 and given.numel() == count * width
        if not width or given.is_complex() or not (pictures or given.shape[-1:] == (width,)):
            return None
        rows = given.detach().to("cpu").float().reshape(-1, width).numpy()
        if len(rows) > MOST_ROWS:
            return None
        numbers = np.array([self._numbers.get(_key(row), -1) for row in rows])
        return numbers if (numbers >= 0).mean() >= ACTED_ON_SHARE else None


class SameRows:
    """Whether equal rows always stand for the same observation.

    A network that is first asked about something else than the latest observation gives itself away.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[bytes, int]] = {}
        self._torn: set[int] = set()

    def agree(self, module: Any, given: Any, numbers: NDArray[np.int64]) -> bool:
        """Whether this is so for all that ``module`` was given, with these observations in the rows now."""
        if id(module) in self._torn:
            return False
        known = self._known.setdefault(id(module), {})
        rows = given.detach().to("cpu").float().reshape(len(numbers), -1).numpy()
        for row, number in zip(rows[numbers >= 0], numbers[numbers >= 0], strict=True):
            if len(known) < MOST_RECENT and known.setdefault(row.tobytes(), int(number)) != number:
                self._torn.add(id(module))
                return False
        return True


class LastWord:
    """What was noted of the last call of each network before a step.

    A vector environment shows the first observation of an episode at once. Networks may then be asked about
    the last one of the episode before, and act on the first one afterwards.
    """

    def __init__(self) -> None:
        self._stamp = -1
        self._notes: dict[tuple[int, int], Callable[[], None]] = {}

    def put(self, key: tuple[int, int], stamp: int, note: Callable[[], None]) -> None:
        """Note it once the next step comes, unless another call comes before."""
        self._stamp, self._notes[key] = stamp, note

    def step(self, stamp: int) -> None:
        """Note what was put, if a step has come since then."""
        if self._notes and stamp != self._stamp:
            notes, self._notes = list(self._notes.values()), {}
            for note in notes:
                note()


def began_anew(stages: Sequence[Stage]) -> bool:
    """Whether one of several probes has begun an episode, and not made a step yet.

    The environments of a script that is only read do not tell.
    """
    return len(stages) > 1 and any(getattr(stage, "fresh", False) for stage in stages)


def _key(row: NDArray[np.float32]) -> bytes:
    """A fingerprint: the sum of its numbers, and as many of them as tell one picture from another."""
    some = np.ascontiguousarray(row[:: max(1, row.size // FINGERPRINT_SIZE)])
    return hashlib.blake2b(some.data, digest_size=16).digest() + bytes(row.sum(dtype=np.float64).data)


def acting_stages(shape: Sequence[int], stages: Sequence[Stage], latest: Stage | None) -> Sequence[Stage]:
    """The environments whose latest observations a network seems to be given; empty if there are none.

    Args:
        shape: the shape of what it is given.
        stages: all environments; some may be for evaluation.
        latest: the one that has shown an observation last.
    """
    count, one = len(stages), np.ndim(stages[0].looks[0])
    if (len(shape) > 1 and shape[0] == count) or (len(shape) == 3 and list(shape[:2]) == [1, count]):
        return stages
    alone = len(shape) == one or (len(shape) == one + 1 and shape[0] == 1)
    return [latest or stages[0]] if alone or (count == 1 and len(shape) == 1) else []
