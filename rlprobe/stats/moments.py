"""Running count, mean and variance of each component of an array: exact for any offset, mergeable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.leaf import as_array
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, culprit
from rlprobe.stats.sums import Floats, State, centred_rows, later, pooled, variance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class Moments:
    """Count, mean and variance of each component, every sample with equal weight; see ``sums.State``.

    New samples are counted by writing the sums with them into ``spare`` and calling ``accept``, so that a
    sample that is refused leaves no trace. No array of an accepted state is changed until the next but one.

    Args:
        shape: shape of one sample; the leading batch axis is not part of it.

    >>> moments = Moments((2,))
    >>> moments.update([[1.0, 1e8], [3.0, 1e8 + 2]])
    >>> moments.count, moments.mean.tolist(), moments.std.tolist()
    (2, [2.0, 100000001.0], [1.0, 1.0])
    """

    __slots__ = ("centre", "count", "counts", "remote", "shape", "size", "spare", "sums", "until", "version")

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape = tuple(shape)
        self.size = int(np.prod(self.shape))
        if self.size == 0:
            raise ValueError(
                f"expected at least one component, got the shape {self.shape}: leave this array out"
            )
        self.remote: Any = None  # a kernel that has counted on another device; see fetch
        self.version = (
            0  # raised when the centre moves, or the state is another than the last plus new samples
        )
        self.spare = np.empty((2, self.size))
        self.restore(State(0, None, np.zeros(self.size), np.zeros((2, self.size))))

    def fetch(self) -> None:
        """Bring home what a kernel has counted on another device; done before anything is read or counted."""
        if self.remote is not None:
            remote, self.remote = self.remote, None
            remote.pull()

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Copies and pickles are complete, and belong to no device."""
        self.fetch()
        return None, {name: getattr(self, name) for name in self.__slots__}

    # -- reading -----------------------------------------------------------------------------------

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

    # -- adding ------------------------------------------------------------------------------------

    def update(self, batch: npt.ArrayLike, *, skip_nonfinite: bool = False) -> None:
        """Count every sample of ``batch``, shape ``(n, *shape)``, once.

        Raises:
            ValueError: the shape does not fit.
            FoundNonFiniteError: a value is NaN or infinite (or its square is); nothing has been counted.
        """
        rows = as_array(batch)
        if rows.shape[1:] != self.shape or rows.ndim == 0:
            raise ValueError(
                f"expected a batch of shape (n, {', '.join(map(str, self.shape))}), got {rows.shape}"
            )
        self.add_rows(rows.reshape(len(rows), self.size).astype(np.float64), skip_nonfinite=skip_nonfinite)

    def add_rows(self, rows: Floats, *, skip_nonfinite: bool = False, base: Any = 0.0) -> None:
        """Count ``rows``, shape ``(n, size)``, to which ``base`` must be added; see ``update``."""
        if len(rows) == 0:
            return
        valid = np.abs(rows) < SQUARE_OVERFLOWS_FROM
        if not (skip_nonfinite or valid.all()):
            raise culprit(rows)
        new = centred_rows(rows, valid)
        centre = new.centre + base
        new = new._replace(centre=centre, sums=new.about(centre - base))
        self.restore(pooled(self.state, new))

    def takes(self, n: int) -> bool:
        """Whether ``n`` samples can be counted by the sums of their distances to the centre, as it is now."""
        return 0 < n <= self.count and self.counts is None and self.remote is None

    def accept(self, total: int) -> None:
        """Make the sums in ``spare`` the current ones, of ``total`` samples."""
        self.sums, self.spare = self.spare, self.sums
        self.reach(total)

    def reach(self, total: int) -> None:
        """Have ``total`` samples; at a power of two, the mean becomes the centre."""
        self.count = total
        if total >= self.until:
            self._take(self.state.centred())

    def count_sums(self, n: int, s1: float, s2: float) -> float:
        """Count ``n`` values of a single component by their sums, if it ``takes`` them; the variance then."""
        sums = self.sums
        self.count = total = self.count + n
        sums[0, 0], sums[1, 0] = s1, s2 = sums.item(0) + s1, sums.item(1) + s2
        if total >= self.until:
            self._take(self.state.centred())
        return variance(total, s1, s2)

    # -- combining ---------------------------------------------------------------------------------

    def merge(self, other: Moments) -> None:
        """Count everything ``other`` has counted, as if one worker had seen both streams."""
        self.restore(pooled(self.state, self._same_shape(other).state))

    def delta_since(self, snapshot: Moments) -> Moments:
        """The moments of what was counted after ``snapshot``, an earlier copy of this object.

        Raises:
            ValueError: ``snapshot`` has counted more than this object, so it is not an earlier state of it.
        """
        share = Moments(self.shape)
        share.restore(later(self.state, self._same_shape(snapshot).state))
        return share

    def _same_shape(self, other: Moments) -> Moments:
        if other.shape != self.shape:
            raise ValueError(f"expected moments of shape {self.shape}, got {other.shape}")
        return other

    # -- state -------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state as it is; its ``sums`` may be written over when two more batches have been counted."""
        self.fetch()
        return State(self.count, self.counts, self.centre, self.sums)

    def restore(self, state: State) -> None:
        """Take over ``state``, without sharing memory."""
        self.remote = None
        self._take(state)

    def _take(self, state: State) -> None:
        self.count, self.counts, self.centre = state.n, state.counts, state.centre.copy()
        self.sums, self.until = state.sums.copy(), 1 << state.n.bit_length()
        self.version += 1

    def copy(self) -> Moments:
        """An independent copy."""
        twin = Moments(self.shape)
        twin.restore(self.state)
        return twin

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a continuation depends on, as arrays: ``State.to_arrays``."""
        return self.state.to_arrays(self.shape)

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take over what ``state_dict`` returned, in this version or in an earlier one.

        Raises:
            KeyError: an entry is missing.
            ValueError: an entry is of another shape, or impossible (negative or not finite).
        """
        self.restore(State.from_arrays(state, self.shape))
