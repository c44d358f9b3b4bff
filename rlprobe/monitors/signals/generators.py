"""The global random generators: do they move, and does one of them come back to where it was?"""

from __future__ import annotations

import ctypes
import random
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import mtrand as _bits

from rlprobe.monitors.findings.finding import Finding

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.holding import Moment

REPEATS = 5
MOST_STATES = 1_000
MT19937_BYTES = 625 * 4


class Generators:
    """Follows the states of ``random``, ``numpy.random`` and ``torch`` from look to look.

    Args:
        curves: where the number of generators that moved goes.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._last: dict[str, int] = {}
        self._seen: dict[str, dict[int, int]] = {}
        self._samples = 0
        self._back: dict[str, tuple[int, int]] = {}

    def look(self, now: Moment, torch: Any, samples: int = 0) -> None:
        """Read the states; nothing is drawn.

        Args:
            now: where the run is.
            torch: the library; None if it is not imported.
            samples: actions that were drawn so far, from distributions of torch.
        """
        moved = 0
        drew, self._samples = samples > self._samples, samples
        for name, state in _states(torch).items():
            before = self._last.get(name)
            self._last[name] = state
            if before is None or (before == state and not (name == "torch" and drew)):
                continue
            moved += before != state
            seen = self._seen.setdefault(name, {before: 1})
            seen[state] = seen.get(state, 0) + 1
            if seen[state] > REPEATS:
                self._back.setdefault(name, (now.step, seen[state]))
            if len(seen) > MOST_STATES:
                seen.clear()
        self.curves.add("generators_that_moved", now.step, float(moved))

    def judge(self) -> list[Finding]:
        """Whether a generator comes back to the same state again and again."""
        for name, (step, times) in self._back.items():
            words = f"the generator of {name} was in the same state before {times} of the updates"
            return [Finding("random-state-repeats", "look", step, words, float(times), (None, 1.0))]
        return []


def _states(torch: Any) -> dict[str, int]:
    """A checksum of the state of each global generator."""
    found = {"random": hash(random.getstate()), "numpy.random": _of_numpy()}
    if torch is not None:
        found["torch"] = zlib.crc32(torch.get_rng_state().numpy().tobytes())
    return found


def _of_numpy() -> int:
    """The key and position of NumPy's generator, read where they lie: ``get_state`` is far slower."""
    used = _bits.get_bit_generator()
    if type(used) is np.random.MT19937:
        return zlib.crc32(ctypes.string_at(used.ctypes.state_address, MT19937_BYTES))
    return hash(repr(used.state))
