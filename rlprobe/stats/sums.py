"""The state of running statistics: sums of the distances to a centre, and of their squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats: TypeAlias = npt.NDArray[np.float64]


class State(NamedTuple):
    """The state of the statistics of ``size`` components.

    With ``s1, s2 = sums``: ``mean = centre + s1 / n`` and ``var = s2 / n - (s1 / n)**2``. The centre is the
    mean at an earlier count of at least a quarter of ``n``. So ``s2`` is at most four times the sum of the
    squared deviations, and the difference costs two bits at most.

    Args:
        n: number of samples.
        counts: number of samples of each component, shape ``(size,)``; None while it is the same for all.
        centre: what is subtracted from every sample, shape ``(size,)``.
        sums: sums of the distances and of their squares, shape ``(2, size)``.

    Source: Chan, Golub, LeVeque (1983), "Algorithms for computing the sample variance", shifted data.
    """

    n: int
    counts: Floats | None
    centre: Floats
    sums: Floats

    def each(self) -> Floats:
        """Number of samples of each component."""
        return np.full(len(self.centre), float(self.n)) if self.counts is None else self.counts

    def offset_and_variance(self) -> tuple[Floats, Floats]:
        """Distance of the mean to the centre, and the variance (the population's); 0 without a sample."""
        s1, s2 = self.sums / np.maximum(self.each(), 1.0)
        return s1, np.maximum(s2 - s1 * s1, 0.0)

    def about(self, centre: Floats) -> Floats:
        """The sums about another centre."""
        (s1, s2), n, d = self.sums, self.each(), self.centre - centre
        return np.stack([s1 + n * d, np.maximum(s2 + d * (2.0 * s1 + n * d), 0.0)])

    def centred(self) -> State:
        """The same with the mean as centre."""
        mean = self.centre + self.offset_and_variance()[0]
        return self._replace(centre=mean, sums=self.about(mean))

    def to_arrays(self, shape: tuple[int, ...]) -> dict[str, npt.NDArray[Any]]:
        """The state as named arrays, to save; the statistics have that ``shape``."""
        parts = {"centre": self.centre, "sum": self.sums[0], "squares": self.sums[1]}
        if self.counts is not None:
            parts["counts"] = self.counts
        count: dict[str, npt.NDArray[Any]] = {"count": np.array(self.n, dtype=np.int64)}
        return count | {name: part.reshape(shape).copy() for name, part in parts.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.ArrayLike], shape: tuple[int, ...]) -> State:
        """The state that ``to_arrays`` returned, in this version or in those with ``offset`` and ``m2``."""
        first, second = ("offset", "m2") if "m2" in arrays else ("sum", "squares")
        loaded = {}
        for name in ("centre", first, second, *(["counts"] if "counts" in arrays else [])):
            part = np.array(arrays[name], dtype=np.float64)
            if part.shape != shape or not np.isfinite(part).all():
                raise ValueError(f"expected {name!r} finite and of shape {shape}, got shape {part.shape}")
            loaded[name] = part.reshape(-1)
        n, counts, centre = int(np.asarray(arrays["count"])), loaded.get("counts"), loaded["centre"]
        if n < 0 or loaded[second].min() < 0 or (counts is not None and counts.min() < 0):
            raise ValueError("expected counts and sums of squares of 0 or more, got negative ones")
        found = cls(n, counts, centre, np.stack([loaded[first], loaded[second]]))
        if second == "squares":
            return found
        mean = centre + loaded["offset"]
        rest = (centre - mean) + loaded["offset"]  # the digits that the mean has beyond a float
        return cls(n, counts, mean, np.stack([found.each() * rest, loaded["m2"]]))


def variance(n: float, s1: float, s2: float) -> float:
    """The variance of a single component, in Python floats."""
    mean = s1 / n
    found = s2 / n - mean * mean
    return found if found > 0.0 else 0.0  # noqa: FURB136 (max() takes five times as long)


def centred_rows(rows: Floats, valid: npt.NDArray[np.bool_]) -> State:
    """The state of ``rows``, shape ``(n, size)``, without the values that are not ``valid``."""
    n = valid.sum(axis=0).astype(np.float64)
    first = np.take_along_axis(rows, valid.argmax(axis=0)[None], axis=0)[0]
    centre = np.where(n > 0, first, 0.0)
    for _ in range(2):  # about the first value, and then about the mean
        y = np.where(valid, rows - centre, 0.0) if not valid.all() else rows - centre
        centre, sums = (
            centre + y.sum(axis=0) / np.maximum(n, 1.0),
            np.stack([y.sum(axis=0), (y * y).sum(axis=0)]),
        )
    return State(len(rows), None if valid.all() else n, centre, sums)


def pooled(mine: State, other: State) -> State:
    """The state of both streams as one."""
    centre = np.where(mine.each() >= other.each(), mine.centre, other.centre)
    counts = None if mine.counts is None and other.counts is None else mine.each() + other.each()
    return State(mine.n + other.n, counts, centre, mine.about(centre) + other.about(centre)).centred()


def later(now: State, before: State) -> State:
    """The state of what was counted between ``before`` and ``now``: ``pooled`` undone.

    Raises:
        ValueError: ``before`` has counted more than ``now``, so it is not an earlier state of it.
    """
    n = now.each() - before.each()
    if before.n > now.n or (n < 0).any():
        raise ValueError(
            f"expected an earlier copy of these statistics, but it has counted {before.n} samples and "
            f"this has {now.n}: take the snapshot with copy() before the work that is to be measured"
        )
    sums = np.where(n > 0, now.sums - before.about(now.centre), 0.0)
    counts = None if (n == now.n - before.n).all() else n
    found = State(now.n - before.n, counts, now.centre, sums).centred()
    found.sums[1, n == 1] = 0.0
    return found
