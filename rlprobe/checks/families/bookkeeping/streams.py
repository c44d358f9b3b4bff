"""Running mean and variance of everything seen."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.bookkeeping.joins import (
    RUNNING_OUTPUTS,
    WRONG_JOINS,
    averaged,
    joined_often,
    joined_once,
    of_all,
    one_by_one,
    parts_of,
    series_cases,
)
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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
        for part in parts_of(np.asarray(case.series)):
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
    right=of_all,
    cases=series_cases,
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
            for joined in (joined_often, joined_once)
        ),
        *(
            Mistake(
                "running-statistics-wrong",
                f"an exponential average that keeps {share} of what was, which forgets what was seen",
                averaged(share, start),
            )
            for share in (0.9, 0.99, 0.95, 0.999, 0.5, 0.8)
            for start in (1.0, 0.0)
        ),
        *(
            Mistake(
                "running-statistics-wrong",
                f"squared distances to the {'old' if old else 'new'} mean, where one to the old times one to "
                "the new mean belongs",
                one_by_one(old=old, sample=sample),
                "m2 += (x - mean) ** 2",
                "m2 += (x - old_mean) * (x - mean)",
            )
            for old in (False, True)
            for sample in (False, True)
        ),
    ),
    example="case.old_mean, case.old_var, case.old_count, case.batch_mean, case.batch_var, case.batch_count",
)
