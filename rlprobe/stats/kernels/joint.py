"""Count the small arrays of a nest in one go, as if they were one array."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.moments import Moments
from rlprobe.stats.sums import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.stats.kernels.block import Array, Float32s


class Joint:
    """One kernel for several arrays, whose moments are lent to it: see ``Moments.lend``.

    Args:
        parts: the moments of each array.
        dtype: of all of them.
        settings: those of ``Kernel``.

    >>> parts = [Moments((1,)), Moments((2,))]
    >>> joint = Joint(parts, "float64", epsilon=1e-8, clip=None, skip_nonfinite=False)
    >>> for first in (1.0, 3.0):
    ...     z = joint.count([np.array([first]), np.array([5.0, 6.0])])
    >>> [part.tolist() for part in z], [part.mean.tolist() for part in parts]
    ([[1.0], [0.0, 0.0]], [[2.0], [5.0, 6.0]])
    """

    def __init__(self, parts: Sequence[Moments], dtype: str, **settings: Any) -> None:
        ends = np.cumsum([0, *(part.size for part in parts)]).tolist()
        self.parts, self.places = parts, [slice(*ends) for ends in pairwise(ends)]
        self.kernel = Kernel(Moments((ends[-1],)), dtype, **settings)

    def count(self, samples: Sequence[Array]) -> list[Float32s] | None:
        """Count one flat sample of each array and standardise them; None if the arrays have other counts.

        Raises:
            FoundNonFiniteError: as ``Kernel.count``, with the component in the arrays as one; see ``find``.
        """
        for part in self.parts:
            if part.remote is not self and not self._borrow():
                return None
        z = self.kernel.count(np.concatenate(samples))
        return [z[place] for place in self.places]

    def find(self, component: int) -> tuple[int, int]:
        """Which array a component of all is of, and its place in it."""
        k = next(k for k, place in enumerate(self.places) if component < place.stop)
        return k, component - self.places[k].start

    def _borrow(self) -> bool:
        """Take over what the parts have counted, if it is equally many samples."""
        states = [part.state for part in self.parts]
        if len({state.n for state in states}) > 1:
            return False
        counts = None
        if any(state.counts is not None for state in states):
            counts = np.concatenate([state.each() for state in states])
        centre = np.concatenate([state.centre for state in states])
        sums = np.concatenate([state.sums for state in states], axis=1)
        self.kernel.moments.restore(State(states[0].n, counts, centre, sums))
        for part in self.parts:
            part.lend(self)
        return True

    def pull(self) -> None:
        """Give the parts back what has been counted."""
        n, counts, centre, sums = self.kernel.moments.state
        for part, place in zip(self.parts, self.places, strict=True):
            if part.remote is self:
                own = None if counts is None or (counts[place] == n).all() else counts[place]
                part.restore(State(n, own, centre[place], sums[:, place]))
