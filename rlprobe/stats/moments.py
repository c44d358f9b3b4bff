"""Running count, mean and variance of each component of an array: exact for any offset, mergeable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.chan import Floats, State, later, pooled
from rlprobe.stats.leaf import as_array
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, culprit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class Moments:
    """Count, mean and sum of squared deviations of each component, every sample with equal weight.

    The mean is kept as ``centre + offset``, where ``centre`` is the first sample, so that nothing is lost to
    a large mean. ``parts`` (centre, offset, m2) is changed in place and never exchanged for another array.

    Args:
        shape: shape of one sample; the leading batch axis is not part of it.

    >>> moments = Moments((2,))
    >>> moments.update([[1.0, 1e8], [3.0, 1e8 + 2]])
    >>> moments.count, moments.mean.tolist(), moments.std.tolist()
    (2, [2.0, 100000001.0], [1.0, 1.0])
    """

    __slots__ = ("count", "counts", "parts", "remote", "shape", "size", "version")

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape = tuple(shape)
        self.size = int(np.prod(self.shape))
        if self.size == 0:
            raise ValueError(
                f"expected at least one component, got the shape {self.shape}: leave this array out"
            )
        self.count = 0
        self.counts: Floats | None = None  # per component, once values have been left out
        self.parts = np.zeros((3, self.size))
        self.remote: Any = None  # a kernel that has counted on another device; see fetch
        self.version = 0  # raised when the state becomes another one than the last plus new samples

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
        parts = self.state.parts
        return np.asarray(parts[0] + parts[1]).reshape(self.shape)

    def mean_and_rest(self) -> tuple[float, float]:
        """The mean of a single component, and the digits that it has beyond a float."""
        centre, offset = self.parts.item(0), self.parts.item(1)
        mean = centre + offset
        return mean, (centre - mean) + offset

    @property
    def var(self) -> Floats:
        """Variance of each component, ``m2 / count`` (the population's, as ``numpy.var``); 0 at first."""
        state = self.state
        return np.asarray(state.parts[2] / np.maximum(state.each(), 1.0)).reshape(self.shape)

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

    def add_rows(self, rows: Floats, *, skip_nonfinite: bool = False) -> None:
        """Count ``rows``, shape ``(n, size)``; see ``update``."""
        if len(rows) == 0:
            return
        valid = np.abs(rows) < SQUARE_OVERFLOWS_FROM
        complete = bool(valid.all())
        if not (complete or skip_nonfinite):
            raise culprit(rows)
        n = valid.sum(axis=0).astype(np.float64)
        centre = np.take_along_axis(rows, valid.argmax(axis=0)[None], axis=0)[0]
        centre[n == 0] = 0.0
        y = np.where(valid, rows, centre) - centre
        mean = y.sum(axis=0) / np.maximum(n, 1.0)
        y = np.where(valid, y - mean, 0.0)
        parts = np.stack([centre, mean, (y * y).sum(axis=0)])
        self.restore(pooled(self.state, State(len(rows), None if complete else n, parts)))

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
        """The state as it is; its ``parts`` go on changing."""
        self.fetch()
        return State(self.count, self.counts, self.parts)

    def snapshot(self) -> State:
        """A copy of the state, for ``restore``."""
        self.fetch()
        return State(self.count, self.counts, self.parts.copy())  # counts are never changed in place

    def restore(self, state: State) -> None:
        """Take over ``state``, without sharing memory."""
        self.remote = None
        self.count, self.counts, self.parts[...] = state
        self.version += 1

    def copy(self) -> Moments:
        """An independent copy."""
        twin = Moments(self.shape)
        twin.restore(self.state)
        return twin

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a continuation depends on, as arrays: count, centre, offset, m2 and counts."""
        parts = dict(zip(("centre", "offset", "m2"), self.state.parts, strict=True))
        if self.counts is not None:
            parts["counts"] = self.counts
        state: dict[str, npt.NDArray[Any]] = {"count": np.array(self.count, dtype=np.int64)}
        return state | {name: part.reshape(self.shape).copy() for name, part in parts.items()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take over what ``state_dict`` returned.

        Raises:
            ValueError: an entry is missing, of another shape, or impossible (negative or not finite).
        """
        loaded = {}
        for name in ("centre", "offset", "m2", *(["counts"] if "counts" in state else [])):
            part = np.array(state[name], dtype=np.float64)
            if part.shape != self.shape or not np.isfinite(part).all():
                raise ValueError(
                    f"expected {name!r} finite and of shape {self.shape}, got shape {part.shape}"
                )
            loaded[name] = part.reshape(-1)
        count, counts = int(np.asarray(state["count"])), loaded.pop("counts", None)
        if count < 0 or loaded["m2"].min() < 0 or (counts is not None and counts.min() < 0):
            raise ValueError("expected counts and squared deviations of 0 or more, got negative ones")
        self.restore(State(count, counts, np.stack(list(loaded.values()))))
