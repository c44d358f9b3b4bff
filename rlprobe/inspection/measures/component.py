"""One component of the observation, or the reward, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.inspection.measures.column_stats import ColumnStats
    from rlprobe.inspection.measures.columns import Kind
    from rlprobe.inspection.place import Place
    from rlprobe.inspection.playing.collect import Collector

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

CLIP: Final = 10.0
NAN: Final = float("nan")
EMPTY: Final = (np.zeros(0), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Component:
    """What is known about one component.

    Args:
        name: as in messages.
        kind: ``"number"``, ``"byte"``, ``"id"`` or ``"flag"``.
        count: observations.
        mean: of all finite values.
        std: of all finite values (divided by the count).
        low: least finite value.
        high: largest finite value.
        bound_low: declared lower bound.
        bound_high: declared upper bound.
        at_low: share of the values at the lower bound, or below.
        at_high: share at the upper bound, or above.
        outside: number of values outside the declared bounds.
        bad: number of values that are NaN or infinite.
        bad_value: the first of them.
        bad_place: where it was.
        median: of the sample.
        deviation: robust standard deviation of the sample, ``1.4826 * median |x - median|``.
        low_place: where the least value was.
        high_place: where the largest value was.
        whole: whether all values were whole numbers.
        distinct: different values in the sample.
        modal: share of the commonest value of the sample.
        quantiles: 0.1 %, 1 %, 99 % and 99.9 % of the sample.
        step: median size of a step from one observation to the next.
        jumps: largest steps as ``(from, size)``.
        histogram: edges and counts of all values.
        after: edges and counts of the sample as ``NormalizeAll`` makes it, or, of the reward,
            ``RewardScale``; empty where these leave it as it is.
        part: label of its array, as ``keys`` of ``NormalizeAll`` takes it; empty for a plain one.
    """

    name: str
    kind: Kind
    count: int
    mean: float
    std: float
    low: float
    high: float
    bound_low: float
    bound_high: float
    at_low: float
    at_high: float
    outside: int
    bad: int
    bad_value: float
    bad_place: Place | None
    median: float
    deviation: float
    low_place: Place | None
    high_place: Place | None
    whole: bool
    distinct: int
    modal: float
    quantiles: tuple[float, float, float, float]
    step: float
    jumps: tuple[tuple[float, float], ...]
    histogram: tuple[Floats, Counts]
    after: tuple[Floats, Counts]
    part: str = ""

    @property
    def constant(self) -> bool:
        """Whether only one value was ever seen."""
        return self.low == self.high and not self.bad

    @property
    def worst_z(self) -> float:
        """The largest distance from the median in robust standard deviations; 0 where these are 0."""
        if self.deviation <= 0:
            return 0.0
        return max(self.high - self.median, self.median - self.low) / self.deviation


def components_of(collector: Collector) -> tuple[Component, ...]:
    """Every component of the observation."""
    columns, stats = collector.columns, collector.stats
    found = []
    for part in columns.parts:
        for i in range(part.start, part.start + part.size):
            one = component(stats, i, columns.names[i], columns.kinds[i])
            after = EMPTY if one.kind in {"id", "flag"} else one.after
            found.append(replace(one, after=after, part="/".join(map(str, part.path))))
    return tuple(found)


def reward_of(collector: Collector, divisor: float = 1.0) -> Component:
    """The reward as a component; what it becomes is divided, never shifted."""
    stats = collector.episodes.rewards
    sample = stats.values[:, 0]
    scaled = np.clip(sample[np.isfinite(sample)] / divisor, -CLIP, CLIP)
    return replace(component(stats, 0, "reward", "number"), after=_histogram(scaled))


def component(stats: ColumnStats, i: int, name: str, kind: Kind) -> Component:
    """Component ``i`` of ``stats``."""
    assert stats.moments is not None
    mean, std = float(stats.moments.mean[i]), float(stats.moments.std[i])
    sample = stats.values[:, i]
    sample = sample[np.isfinite(sample)]
    n = max(stats.count, 1)
    jumped = zip(stats.jumped_from[:, i].tolist(), stats.jumps[:, i].tolist(), strict=True)
    return Component(
        name=name,
        kind=kind,
        count=stats.count,
        mean=mean,
        std=std,
        low=float(stats.low[i]),
        high=float(stats.high[i]),
        bound_low=float(stats.bounds[0][i]),
        bound_high=float(stats.bounds[1][i]),
        at_low=float(stats.at_low[i]) / n,
        at_high=float(stats.at_high[i]) / n,
        outside=int(stats.outside[i]),
        bad=int(stats.bad[i]),
        bad_value=float(stats.bad_value[i]),
        bad_place=stats.place_of(stats.bad_at[i]) if stats.bad[i] else None,
        low_place=stats.place_of(stats.low_at[i]),
        high_place=stats.place_of(stats.high_at[i]),
        whole=bool(stats.whole[i]),
        step=_usual_step(stats.deltas[:, i]),
        jumps=tuple((origin, size) for origin, size in jumped if size),
        histogram=stats.histograms.of(i),
        after=_standardised(sample, mean, std),
        **_of_sample(sample),
    )


def _of_sample(sample: Floats) -> dict[str, Any]:
    """What is known from the sample alone."""
    if not len(sample):
        return {"median": NAN, "deviation": NAN, "distinct": 0, "modal": NAN, "quantiles": (NAN,) * 4}
    median = float(np.median(sample))
    values, counts = np.unique(sample, return_counts=True)
    return {
        "median": median,
        "deviation": float(1.4826 * np.median(np.abs(sample - median))),
        "distinct": len(values),
        "modal": float(counts.max() / len(sample)),
        "quantiles": tuple(np.quantile(sample, [0.001, 0.01, 0.99, 0.999]).tolist()),
    }


def _usual_step(deltas: Floats) -> float:
    """Median size of a step, where there is one."""
    known = np.abs(deltas[np.isfinite(deltas)])
    return float(np.median(known)) if len(known) else 0.0


def _standardised(sample: Floats, mean: float, std: float) -> tuple[Floats, Counts]:
    """Histogram of ``clip((x - mean) / std, +-10)``, what ``NormalizeAll`` makes of the sample."""
    if not len(sample) or not std > 0:
        return EMPTY
    return _histogram(np.clip((sample - mean) / std, -CLIP, CLIP))


def _histogram(values: Floats) -> tuple[Floats, Counts]:
    if not len(values):
        return EMPTY
    counts, edges = np.histogram(values, 41)
    return edges, counts.astype(np.int64)
