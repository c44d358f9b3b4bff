"""Statistics of batches that are joined one after the other, by formulas that may be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.family import Outputs

LENGTHS = (3, 1, 4)
"""Rows of the batches that are given one after the other."""


def series_cases() -> Iterator[Case]:
    """Batches of three sizes, one after the other."""
    random = np.random.default_rng(61)
    for _ in range(200):
        values = np.round(random.normal(size=(sum(LENGTHS), 2)) * 2 + [3.0, -1.0], 2)
        yield Case({"series": values}, {"series": "RD"}, STATISTICS, "random")


def parts_of(series: Any) -> list[Any]:
    """The batches of a series."""
    return np.split(series, np.cumsum(LENGTHS)[:-1])


STATISTICS: dict[str, Callable[[Case], Any]] = {
    "old_mean": lambda c: c.series[:3].mean(axis=0),
    "old_var": lambda c: c.series[:3].var(axis=0),
    "old_count": lambda c: 3.0,
    "batch_mean": lambda c: c.series[3:].mean(axis=0),
    "batch_var": lambda c: c.series[3:].var(axis=0),
    "batch_count": lambda c: float(len(c.series) - 3),
    "batch": lambda c: c.series[3:],
}
RUNNING_OUTPUTS = {
    "mean": "D",
    "variance": "D",
    "standard deviation": "D",
    "sample variance": "D",
    "sample deviation": "D",
    "count": "",
}


def _running(mean: Any, var: Any, count: Any, sample: Any = None) -> Outputs:
    sample = var if sample is None else sample
    with np.errstate(invalid="ignore"):
        parts = (mean, var, np.sqrt(var), sample, np.sqrt(sample), count)
    return dict(zip(RUNNING_OUTPUTS, parts, strict=True))


def of_all(c: Case) -> Outputs:
    """Mean and variance of everything seen."""
    series = c.series
    return _running(series.mean(axis=0), series.var(axis=0), len(series), series.var(axis=0, ddof=1))


def joined_often(wrong: Callable[..., tuple[Any, Any, Any]]) -> Callable[[Case], Outputs]:
    """Statistics of the batches joined one after the other by a formula that may be wrong."""

    def of(c: Case) -> Outputs:
        mean, var, count = 0.0, 1.0, 1e-4
        for part in parts_of(c.series):
            mean, var, count = wrong(mean, var, count, part.mean(axis=0), part.var(axis=0), len(part))
        return _running(mean, var, count)

    return of


def joined_once(wrong: Callable[..., tuple[Any, Any, Any]]) -> Callable[[Case], Outputs]:
    """The same for two batches that are joined once."""
    return lambda c: _running(
        *wrong(c.old_mean, c.old_var, c.old_count, c.batch_mean, c.batch_var, c.batch_count)
    )


def _chan(mean: Any, var: Any, n: Any, *batch: Any, between: float = 1.0) -> tuple[Any, Any, Any]:
    other, other_var, m = batch
    delta, total = other - mean, n + m
    distance = between * delta**2 * n * m / total
    m2 = var * n + other_var * m + distance
    return mean + delta * m / total, m2 / total, total


WRONG_JOINS: tuple[tuple[str, Callable[..., tuple[Any, Any, Any]]], ...] = (
    ("statistics joined without the distance between the means", lambda *a: _chan(*a, between=0.0)),
    (
        "statistics whose variances are averaged, not weighted by their counts",
        lambda a, v, n, b, w, m: (_chan(a, v, n, b, w, m)[0], (v + w) / 2, n + m),
    ),
    (
        "statistics whose means are averaged, not weighted by their counts",
        lambda a, v, n, b, w, m: ((a + b) / 2, _chan(a, v, n, b, w, m)[1], n + m),
    ),
    (
        "statistics whose means and variances are both averaged",
        lambda a, v, n, b, w, m: ((a + b) / 2, (v + w) / 2, n + m),
    ),
    ("the statistics of the last batch alone", lambda a, v, n, b, w, m: (b, w, m)),
    ("statistics that count each batch as one", lambda a, v, n, b, w, m: _chan(a, v, n, b, w, 1)),
    ("statistics whose count is not updated", lambda a, v, n, b, w, m: (*_chan(a, v, n, b, w, m)[:2], n)),
    (
        "statistics whose mean moves by the whole difference",
        lambda a, v, n, b, w, m: (b, _chan(a, v, n, b, w, m)[1], n + m),
    ),
    (
        "statistics whose distance between the means is not squared",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            (v * n + w * m + (b - a) * n * m / (n + m)) / (n + m),
            n + m,
        ),
    ),
    (
        "statistics whose distance is weighted by the counts but not divided by their sum",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            (v * n + w * m + (b - a) ** 2 * n * m) / (n + m),
            n + m,
        ),
    ),
    (
        "statistics whose distance is weighted by the size of the batch alone",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            (v * n + w * m + (b - a) ** 2 * m) / (n + m),
            n + m,
        ),
    ),
    (
        "statistics whose distance is measured from the new mean",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            (v * n + w * m + (b - _chan(a, v, n, b, w, m)[0]) ** 2 * n * m / (n + m)) / (n + m),
            n + m,
        ),
    ),
    (
        "statistics that mix up the weights of old and new",
        lambda a, v, n, b, w, m: (a + (b - a) * n / (n + m), _chan(a, v, n, b, w, m)[1], n + m),
    ),
    (
        "sums of squared deviations that were never divided by the count",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            v * n + w * m + (b - a) ** 2 * n * m / (n + m),
            n + m,
        ),
    ),
    (
        "statistics that divide by the size of the batch, not by the whole count",
        lambda a, v, n, b, w, m: (
            _chan(a, v, n, b, w, m)[0],
            (v * n + w * m + (b - a) ** 2 * n * m / (n + m)) / m,
            n + m,
        ),
    ),
)


def averaged(share: float, start: float) -> Callable[[Case], Outputs]:
    """Exponential averages of the batches' statistics."""

    def of(c: Case) -> Outputs:
        mean, var = 0.0, start
        for part in parts_of(c.series):
            mean = share * mean + (1 - share) * part.mean(axis=0)
            var = share * var + (1 - share) * part.var(axis=0)
        return _running(mean, var, len(c.series))

    return of


def one_by_one(*, old: bool, sample: bool) -> Callable[[Case], Outputs]:
    """Welford's sum with both factors from the same mean."""

    def of(c: Case) -> Outputs:
        mean, squares = 0.0, 0.0
        for count, row in enumerate(c.series, start=1):
            before, mean = mean, mean + (row - mean) / count
            squares = squares + (row - (before if old else mean)) ** 2
        return _running(mean, squares / (len(c.series) - sample), len(c.series))

    return of
