"""Running count, mean and variance of each component of an array: exact for any offset, mergeable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.files import state_arrays, state_from
from rlprobe.stats.leaf import as_array
from rlprobe.stats.sums import Floats, State, centred_rows, later, pooled

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class Moments:
    """Count, mean and variance of each component, every sample with equal weight; see ``sums.State``.

    Kernels add to ``sums`` and ``count`` in place, about the centre as it is, if ``ready``; they need not ask
    while ``0 < n <= count < until``. The rows of ``table``, or ``flat``, are ``centre`` and ``sums``.

    Args:
        shape: shape of one sample; the leading batch axis is not part of it.
        state: what has been counted before; nothing by default.

    >>> moments = Moments((2,))
    >>> moments.update([[1.0, 1e8], [3.0, 1e8 + 2]])
    >>> moments.count, moments.mean.tolist(), moments.std.tolist()
    (2, [2.0, 100000001.0], [1.0, 1.0])
    """

    def __init__(self, shape: tuple[int, ...] = (), state: State | None = None) -> None:
        self.shape, self.size = tuple(shape), int(np.prod(shape))
        if self.size == 0:
            raise ValueError(f"expected at least one component, got the shape {shape}: leave this array out")
        self.version = 0  # raised when the state is another than the last plus new samples, or the centre is
        self.restore(state or State(0, None, np.zeros(self.size), np.zeros((2, self.size))))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles are complete, and belong to no device."""
        return Moments, (self.shape, self.state)

    def copy(self) -> Moments:
        """An independent copy."""
        return Moments(self.shape, self.state)

    @property
    def component_counts(self) -> npt.NDArray[np.int64]:
        """Number of samples of each component; below ``count`` only where values were left out."""
        return self.state.each().astype(np.int64).reshape(self.shape)

    @property
    def mean(self) -> Floats:
        """Mean of each component; 0 before the first sample."""
        return np.asarray(self.state.centre + self.state.offset_and_variance()[0]).reshape(self.shape)

    @property
    def var(self) -> Floats:
        """Variance of each component (the population's, as ``numpy.var``); 0 at first."""
        return self.state.offset_and_variance()[1].reshape(self.shape)

    @property
    def std(self) -> Floats:
        """Standard deviation of each component."""
        return np.sqrt(self.var)

    def update(self, batch: npt.ArrayLike, *, skip_nonfinite: bool = False) -> None:
        """Count every sample of ``batch``, shape ``(n, *shape)``, once.

        Raises:
            ValueError: the shape does not fit.
            FoundNonFiniteError: a value is NaN or infinite (or its square is); nothing has been counted.
        """
        rows = as_array(batch)
        if rows.shape[1:] != self.shape or rows.ndim == 0:
            raise ValueError(f"expected n samples of shape {self.shape}, got an array of shape {rows.shape}")
        self.add_rows(rows.reshape(len(rows), self.size), skip_nonfinite=skip_nonfinite)

    def add_rows(self, rows: npt.NDArray[Any], *, skip_nonfinite: bool = False) -> None:
        """Count ``rows``, shape ``(n, size)``; see ``update``."""
        if len(rows):
            self.restore(pooled(self.state, centred_rows(rows, skip_nonfinite=skip_nonfinite)))

    def ready(self, n: int) -> bool:
        """Whether a kernel may add ``n`` samples in place; centres the mean at each power of two."""
        self.fetch()
        return 0 < n <= self.count < self.until

    def merge(self, other: Moments) -> None:
        """Count everything ``other`` has counted, as if one worker had seen both streams."""
        self.restore(pooled(self.state, self._state_of(other)))

    def delta_since(self, snapshot: Moments) -> Moments:
        """The moments of what was counted after ``snapshot``, an earlier copy of this object.

        Raises:
            ValueError: ``snapshot`` has counted more than this object, so it is not an earlier state of it.
        """
        return Moments(self.shape, later(self.state, self._state_of(snapshot)))

    def _state_of(self, other: Moments) -> State:
        if other.shape != self.shape:
            raise ValueError(f"expected moments of shape {self.shape}, got {other.shape}")
        return other.state

    @property
    def state(self) -> State:
        """The state as it is; its ``sums`` are changed by the next samples."""
        self.fetch()
        return State(self.count, self.counts, self.centre, self.sums)

    def fetch(self) -> None:
        """Before anything is read: bring home what was counted elsewhere; centre the mean, if that is due."""
        if self.remote is not None:
            self.remote.pull()
        elif self.count >= self.until > 0:
            self.restore(State(self.count, None, self.centre, self.sums).centred())

    def restore(self, state: State) -> None:
        """Take over ``state``, without sharing memory."""
        self.count, self.counts = state.n, state.counts
        self.table: Floats = np.concatenate([state.centre[None], state.sums])
        self.centre, self.sums = self.table[0], self.table[1:]
        self.flat: Any = self.table.reshape(-1).data
        self.version += 1
        self.lend(None)

    def lend(self, remote: Any) -> None:
        """Leave the state to a kernel that counts elsewhere, whose ``pull`` brings it home; or to none."""
        self.remote = remote
        self.until = 1 << self.count.bit_length() if remote is None and self.counts is None else 0

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything needed to continue, as named arrays."""
        return state_arrays(self.state, self.shape)

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take over what ``state_dict`` returned, in this version or in an earlier one.

        Raises:
            KeyError: an entry is missing.
            ValueError: an entry is of another shape, or impossible (negative or not finite).
        """
        self.restore(state_from(state, self.shape))
