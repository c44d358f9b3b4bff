"""Running mean and variance of everything seen."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.family import Outputs

LENGTHS = (3, 1, 4)
"""Rows of the batches that are given one after the other."""


def _series() -> Iterator[Case]:
    random = np.random.default_rng(61)
    for _ in range(200):
        values = np.round(random.normal(size=(sum(LENGTHS), 2)) * 2 + [3.0, -1.0], 2)
        yield Case({"series": values}, {"series": "RD"}, STATISTICS, "random")


def _parts(series: Any) -> list[Any]:
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


def _all(c: Case) -> Outputs:
    series = c.series
    return _running(series.mean(axis=0), series.var(axis=0), len(series), series.var(axis=0, ddof=1))


def _joined(wrong: Callable[..., tuple[Any, Any, Any]]) -> Callable[[Case], Outputs]:
    """Statistics of the batches joined one after the other by a formula that may be wrong."""

    def of(c: Case) -> Outputs:
        mean, var, count = 0.0, 1.0, 1e-4
        for part in _parts(c.series):
            mean, var, count = wrong(mean, var, count, part.mean(axis=0), part.var(axis=0), len(part))
        return _running(mean, var, count)

    return of


def _once(wrong: Callable[..., tuple[Any, Any, Any]]) -> Callable[[Case], Outputs]:
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


def _averaged(share: float, start: float) -> Callable[[Case], Outputs]:
    """Exponential averages of the batches' statistics."""

    def of(c: Case) -> Outputs:
        mean, var = 0.0, start
        for part in _parts(c.series):
            mean = share * mean + (1 - share) * part.mean(axis=0)
            var = share * var + (1 - share) * part.var(axis=0)
        return _running(mean, var, len(c.series))

    return of


def _one_by_one(*, old: bool, sample: bool) -> Callable[[Case], Outputs]:
    """Welford's sum with both factors from the same mean."""

    def of(c: Case) -> Outputs:
        mean, squares = 0.0, 0.0
        for count, row in enumerate(c.series, start=1):
            before, mean = mean, mean + (row - mean) / count
            squares = squares + (row - (before if old else mean)) ** 2
        return _running(mean, squares / (len(c.series) - sample), len(c.series))

    return of


def _trackers(target: Any) -> Iterable[tuple[str, Callable[[Any], Any]]]:
    """A class that is updated with batches or single rows, and then asked for its mean and variance."""
    if not inspect.isclass(target):
        return
    cls: Any = target
    for words, make in {
        "shape=(2,)": lambda: cls(shape=(2,)),
        "(2,)": lambda: cls((2,)),
        "2": lambda: cls(2),
        "": cls,
    }.items():
        for update in ("update", "push", "add", "step", "__call__", "observe", "update_from_batch", "append"):
            if hasattr(target, update) and update not in dir(object):
                for singly in (False, True):
                    how = f"{target.__name__}({words}).{update}({'row' if singly else 'batch'})"
                    yield how, _tracked(make, update, singly=singly)


def _tracked(make: Callable[[], Any], update: str, *, singly: bool) -> Callable[[Any], Any]:
    def call(case: Any) -> Any:
        tracker = make()
        for part in _parts(np.asarray(case.series)):
            for one in part if singly else [part]:
                getattr(tracker, update)(_same_kind(one, case.series))
        found = {}
        for names in (
            ("mean", "running_mean", "_mean", "mu"),
            ("var", "variance", "running_var", "_var", "std", "sigma", "running_std"),
        ):
            name = next((name for name in names if hasattr(tracker, name)), None)
            if name is None:
                raise AttributeError(f"expected one of the attributes {', '.join(names)}")
            value = getattr(tracker, name)
            found[name] = value() if callable(value) and not hasattr(value, "detach") else value
        return found

    return call


def _same_kind(part: Any, like: Any) -> Any:
    if hasattr(like, "detach"):
        import importlib

        return importlib.import_module("torch").from_numpy(part.copy())
    return part.copy()


RUNNING_MEAN_STD = Family(
    name="running_mean_std",
    what="mean and variance of everything seen, updated batch by batch",
    words=(
        r"(^|_)rms|mean_?std|running_?(mean|stat|var|norm)",
        r"(mean|obs|welford).*(std|var|stat|norm)",
        r"welford",
        r"update_mean|normali[sz]er",
    ),
    roles=(
        plain("old_mean", "D", "mean running_mean mu mean_a a_mean"),
        plain("old_var", "D", "var variance running_var var_a a_var"),
        number("old_count", "count n running_count count_a n_a"),
        plain("batch_mean", "D", "new_mean mean_b b_mean mean_batch"),
        plain("batch_var", "D", "new_var var_b b_var batch_variance var_batch"),
        number("batch_count", "new_count count_b n_b m batch_size count_batch"),
        plain("batch", "ED", "x data obs arr new_data values"),
        Role("series", "all_data", (Variant(lambda c: c.series, "RD"),), hidden=True),
    ),
    needs=(),
    outputs=RUNNING_OUTPUTS,
    right=_all,
    cases=_series,
    drivers=_trackers,
    extras=frozenset({"count"}),
    strict=True,
    tolerance=2e-3,
    mistakes=(
        *(
            Mistake(
                "running-statistics-wrong",
                what,
                joined(change),
                "var = (var + batch_var) / 2",
                "m2 = var * n + batch_var * m + delta**2 * n * m / (n + m)",
            )
            for what, change in WRONG_JOINS
            for joined in (_joined, _once)
        ),
        *(
            Mistake(
                "running-statistics-wrong",
                f"an exponential average that keeps {share} of what was, which forgets what was seen",
                _averaged(share, start),
            )
            for share in (0.9, 0.99, 0.95, 0.999, 0.5, 0.8)
            for start in (1.0, 0.0)
        ),
        *(
            Mistake(
                "running-statistics-wrong",
                f"squared distances to the {'old' if old else 'new'} mean, where one to the old times one to "
                "the new mean belongs",
                _one_by_one(old=old, sample=sample),
                "m2 += (x - mean) ** 2",
                "m2 += (x - old_mean) * (x - mean)",
            )
            for old in (False, True)
            for sample in (False, True)
        ),
    ),
    example="case.old_mean, case.old_var, case.old_count, case.batch_mean, case.batch_var, case.batch_count",
)
