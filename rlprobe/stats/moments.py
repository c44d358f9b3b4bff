"""Running count, mean and variance of each component of an array: exact for any offset, mergeable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from rlprobe.stats import left_out, pooling
from rlprobe.stats.nonfinite import culprit

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats: TypeAlias = npt.NDArray[np.float64]


def as_array(values: Any) -> npt.NDArray[Any]:
    """``values`` as a NumPy array; torch tensors are detached and brought to the CPU first."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values)


class Moments:
    r"""Count, mean and sum of squared deviations of each component, every sample with equal weight.

    The mean is kept as ``centre + offset``, where ``centre`` is fixed near the data, so that nothing is lost
    to a large mean; samples enter by Welford's update and batches by Chan's [1]_:
    ``delta = mean_b - mean``; ``mean += delta * n_b / n``; ``m2 += m2_b + delta**2 * n_a * n_b / n``.

    Args:
        shape: shape of one sample; the leading batch axis is not part of it.

    .. [1] Chan, Golub, LeVeque (1983), "Algorithms for computing the sample variance".

    >>> moments = Moments((2,))
    >>> moments.update([[1.0, 1e8], [3.0, 1e8 + 2]])
    >>> moments.count, moments.mean.tolist(), moments.std.tolist()
    (2, [2.0, 100000001.0], [1.0, 1.0])
    """

    __slots__ = ("centre", "count", "counts", "epoch", "hot", "m2", "offset", "shape", "size")

    def __init__(self, shape: tuple[int, ...] = ()) -> None:
        self.shape = tuple(shape)
        self.size = int(np.prod(self.shape))
        if self.size == 0:
            raise ValueError(
                f"expected at least one component, got the shape {self.shape}: leave this array out"
            )
        self.count = 0
        self.centre: Floats = np.zeros(self.size)
        self.offset: Floats = np.zeros(self.size)
        self.m2: Floats = np.zeros(self.size)
        self.counts: Floats | None = None  # per component, once values have been left out
        self.hot: tuple[list[float], list[float], list[float]] | None = None
        self.epoch = 0

    # -- reading -----------------------------------------------------------------------------------

    @property
    def component_counts(self) -> npt.NDArray[np.int64]:
        """Number of samples of each component; below ``count`` only where values were left out."""
        if self.counts is None:
            return np.full(self.shape, self.count, dtype=np.int64)
        return self.counts.astype(np.int64).reshape(self.shape)

    @property
    def mean(self) -> Floats:
        """Mean of each component; 0 before the first sample."""
        self.use_arrays()
        return (self.centre + self.offset).reshape(self.shape)

    @property
    def var(self) -> Floats:
        """Variance of each component, ``m2 / count`` (the population's, as ``numpy.var``); 0 at first."""
        self.use_arrays()
        counts = float(max(self.count, 1)) if self.counts is None else np.maximum(self.counts, 1.0)
        return np.asarray(self.m2 / counts).reshape(self.shape)

    @property
    def std(self) -> Floats:
        """Standard deviation of each component."""
        return np.sqrt(self.var)

    # -- two forms of the same state ---------------------------------------------------------------

    def use_arrays(self) -> None:
        """Make the arrays the current state."""
        if self.hot is not None:
            self.centre, self.offset, self.m2 = (np.array(part) for part in self.hot)
            self.hot = None

    def use_lists(self) -> tuple[list[float], list[float], list[float]]:
        """Make the Python lists (centre, offset, m2) the current state and return them."""
        if self.hot is None:
            self.hot = (self.centre.tolist(), self.offset.tolist(), self.m2.tolist())
        return self.hot

    def recentre(self, *, plain: bool = False) -> None:
        """Move the centre to the mean, without changing the mean.

        With ``plain`` the centre becomes 0 where that costs no digits, because 0 lies within 3 standard
        deviations of every mean: nothing has then to be subtracted from samples.
        """
        self.use_arrays()
        mean = self.centre + self.offset
        if plain and self.counts is None and (mean * mean * self.count <= 9.0 * self.m2).all():
            mean = np.zeros(self.size)
        self.offset = (self.centre - mean) + self.offset
        self.centre = mean
        self.epoch += 1

    def snapshot(self) -> tuple[Any, ...]:
        """The state by reference, for ``restore``; what it holds only single samples change in place."""
        return self.count, self.centre, self.offset, self.m2, self.counts, self.hot

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to what ``snapshot`` returned."""
        self.count, self.centre, self.offset, self.m2, self.counts, self.hot = snapshot
        self.epoch += 1

    def adopt(self, other: Moments) -> None:
        """Take over the state of ``other``, without sharing memory."""
        other.use_arrays()
        self.hot = None
        self.count = other.count
        self.centre, self.offset, self.m2 = other.centre.copy(), other.offset.copy(), other.m2.copy()
        self.counts = None if other.counts is None else other.counts.copy()
        self.epoch += 1

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
        self.use_arrays()
        with np.errstate(over="ignore", invalid="ignore"):
            centre = self.centre if self.count else rows[0]
            shifted = rows - centre
            mean = np.einsum("ij->j", shifted) / len(rows)
            shifted -= mean
            m2 = np.einsum("ij,ij->j", shifted, shifted)
            finite = bool(np.isfinite(m2.sum()))
        if finite and self.counts is None:
            self.join(centre, mean, m2, len(rows))
        elif finite or skip_nonfinite:
            left_out.add_finite(self, rows)
        else:
            raise culprit(rows)

    def join(self, centre: Floats, mean: Floats, m2: Floats, n: int) -> None:
        """Add ``n`` samples with mean ``centre + mean`` and squared deviations ``m2``, none missing."""
        self.epoch += 1
        if self.count == 0:
            self.count, self.centre, self.offset, self.m2 = n, centre.copy(), mean, m2
            return
        total = self.count + n
        delta = (mean - self.offset) + (centre - self.centre)
        self.offset = self.offset + delta * (n / total)
        self.m2 = self.m2 + (m2 + delta * delta * (self.count * n / total))
        self.count = total

    # -- combining ---------------------------------------------------------------------------------

    def merge(self, other: Moments) -> None:
        """Count everything ``other`` has counted, as if one worker had seen both streams."""
        pooling.merge(self, other)

    def delta_since(self, snapshot: Moments) -> Moments:
        """The moments of what was counted after ``snapshot``, an earlier copy of this object.

        Raises:
            ValueError: ``snapshot`` has counted more than this object, so it is not an earlier state of it.
        """
        return pooling.delta(self, snapshot)

    def copy(self) -> Moments:
        """An independent copy."""
        twin = Moments(self.shape)
        twin.adopt(self)
        return twin

    def check_shape(self, other: Moments) -> None:
        """Raise ``ValueError`` unless ``other`` is about arrays of the same shape."""
        if other.shape != self.shape:
            raise ValueError(f"expected moments of shape {self.shape}, got {other.shape}")

    # -- state -------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything a continuation depends on, as arrays: count, centre, offset, m2 and counts."""
        self.use_arrays()
        state: dict[str, npt.NDArray[Any]] = {"count": np.array(self.count, dtype=np.int64)}
        parts = {"centre": self.centre, "offset": self.offset, "m2": self.m2}
        if self.counts is not None:
            parts["counts"] = self.counts
        return state | {name: part.reshape(self.shape).copy() for name, part in parts.items()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take over what ``state_dict`` returned.

        Raises:
            ValueError: an entry is missing, of another shape, or impossible (negative or not finite).
        """
        loaded = Moments(self.shape)
        loaded.count = int(np.asarray(state["count"]))
        for name in ("centre", "offset", "m2", *(["counts"] if "counts" in state else [])):
            part = np.asarray(state[name], dtype=np.float64)
            if part.shape != self.shape or not np.isfinite(part).all():
                raise ValueError(
                    f"expected {name!r} finite and of shape {self.shape}, got shape {part.shape}"
                )
            setattr(loaded, name, part.reshape(-1).copy())
        impossible = loaded.m2.min() < 0 or (loaded.counts is not None and loaded.counts.min() < 0)
        if loaded.count < 0 or impossible:
            raise ValueError("expected counts and squared deviations of 0 or more, got negative ones")
        self.adopt(loaded)
