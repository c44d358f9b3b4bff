"""Quantiles and histograms of a stream per component, in memory that does not grow with the stream."""

from __future__ import annotations

from collections import Counter
from math import ceil, log
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.leaf import as_array

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from rlprobe.stats.sums import Floats

TINY = 1e-12


class Histogram:
    r"""Counts of values in buckets that grow geometrically from 0 to both sides, for each component.

    A value ``x`` falls into bucket ``ceil(log(abs(x)) / log(g))`` of its sign with
    ``g = (1 + error) / (1 - error)``, so that every quantile is within ``error`` of a value of that rank,
    relative to the value [1]_. Magnitudes below 1e-12 count as 0. Merging adds the counts.

    Args:
        shape: shape of one sample.
        error: relative error of quantiles.

    Raises:
        ValueError: an error outside 0 and 1, or a batch of another shape or with a value that is not finite.

    .. [1] Masson, Rim, Lee (2019), "DDSketch: a fast and fully-mergeable quantile sketch".

    >>> histogram = Histogram((1,), error=0.01)
    >>> histogram.update(np.arange(1, 1001.0)[:, None])
    >>> bool(abs(histogram.quantile(0.5)[0] - 500.5) < 6), histogram.count
    (True, 1000)
    """

    def __init__(self, shape: tuple[int, ...] = (), *, error: float = 0.01) -> None:
        if not 0 < error < 1:
            raise ValueError(f"expected a relative error between 0 and 1, got {error!r}")
        self.shape, self.error = tuple(shape), float(error)
        self.log_growth = log((1 + error) / (1 - error))
        self.count = 0
        self.buckets: list[Counter[int]] = [Counter() for _ in range(int(np.prod(self.shape)))]
        self._offset = 1 - ceil(log(TINY) / self.log_growth)  # makes bucket numbers of magnitudes positive

    def update(self, batch: npt.ArrayLike) -> None:
        """Count every sample of ``batch``, shape ``(n, *shape)``."""
        rows = as_array(batch)
        if rows.ndim == 0 or rows.shape[1:] != self.shape:
            raise ValueError(f"expected a batch of shape (n, *{self.shape}), got {rows.shape}")
        values = rows.reshape(len(rows), -1).astype(np.float64)
        if not np.isfinite(values).all():
            raise ValueError("expected finite values, got NaN or infinity: leave them out first")
        numbers = self._number(values)
        for counter, column in zip(self.buckets, numbers.T, strict=True):
            keys, counts = np.unique(column, return_counts=True)
            counter.update(dict(zip(keys.tolist(), counts.tolist(), strict=True)))
        self.count += len(rows)

    def _number(self, values: Floats) -> npt.NDArray[np.int64]:
        """Bucket of each value: 0 for nothing, positive and negative by sign."""
        magnitude = np.abs(values)
        inside = (
            np.ceil(np.log(np.maximum(magnitude, TINY)) / self.log_growth).astype(np.int64) + self._offset
        )
        return np.where(magnitude <= TINY, 0, np.sign(values).astype(np.int64) * inside)

    def _value(self, number: int) -> float:
        """The value that represents a bucket: within ``error`` of all that is in it."""
        if number == 0:
            return 0.0
        upper = float(np.exp((abs(number) - self._offset) * self.log_growth))
        return float(np.sign(number)) * upper * (1 - self.error)

    def quantile(self, q: float) -> Floats:
        """The value below which a share ``q`` of each component lies.

        Raises:
            ValueError: ``q`` outside 0 and 1, or nothing counted yet.
        """
        if not 0 <= q <= 1 or self.count == 0:
            raise ValueError(f"expected q within 0 and 1 and at least one sample, got q={q} of {self.count}")
        rank = q * (self.count - 1)
        found = []
        for counter in self.buckets:
            seen = 0
            for number in sorted(counter):
                seen += counter[number]
                if seen > rank:
                    break
            found.append(self._value(number))
        return np.array(found).reshape(self.shape)

    def bars(self, component: int = 0) -> list[tuple[float, int]]:
        """(value, count) of each bucket of a flat component, in rising order: what to draw."""
        counter = self.buckets[component]
        return [(self._value(number), counter[number]) for number in sorted(counter)]

    def merge(self, other: Histogram) -> Self:
        """Count everything ``other`` has counted; returns self.

        Raises:
            ValueError: another shape or another error.
        """
        if (other.shape, other.error) != (self.shape, self.error):
            raise ValueError(
                f"expected a histogram of shape {self.shape} and error {self.error}, "
                f"got {other.shape} and {other.error}"
            )
        for mine, theirs in zip(self.buckets, other.buckets, strict=True):
            mine.update(theirs)
        self.count += other.count
        return self

    def state_dict(self) -> dict[str, Any]:
        """Everything as plain lists, for JSON."""
        counts = [sorted(counter.items()) for counter in self.buckets]
        return {"shape": list(self.shape), "error": self.error, "count": self.count, "buckets": counts}

    @classmethod
    def from_state_dict(cls, state: dict[str, Any]) -> Histogram:
        """The histogram that ``state_dict`` describes."""
        histogram = cls(tuple(state["shape"]), error=state["error"])
        histogram.count = int(state["count"])
        histogram.buckets = [Counter({int(k): int(n) for k, n in pairs}) for pairs in state["buckets"]]
        return histogram
