"""Minibatches in which each row comes exactly once."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.family import Family, Mistake, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.family import Outputs


def _sizes() -> Iterator[Case]:
    for place in range(40):
        rows, part = ((10, 4), (12, 4), (8, 8), (6, 1), (7, 3), (5, 4))[place % 6]
        tag = "random" if rows % part == 0 else "a size that the minibatch does not divide"
        yield Case({"total": rows, "part": part, "counts": np.ones(rows)}, {"counts": "B"}, {}, tag)


def _index_calls(target: Any) -> Iterable[tuple[str, Callable[[Any], Any]]]:
    """Calls with the size of the batch and of a minibatch, and how often each row came."""
    if not callable(target):
        return
    name = getattr(target, "__name__", type(target).__name__)
    orders: dict[str, Callable[[Any], tuple[Any, ...]]] = {
        "rows, minibatch size": lambda c: (c.total, c.part),
        "minibatch size, rows": lambda c: (c.part, c.total),
        "rows, number of minibatches": lambda c: (c.total, -(-c.total // c.part)),
        "all indices, minibatch size": lambda c: (np.arange(c.total), c.part),
    }
    for words, arguments in orders.items():
        yield f"{name}({words})", _counted(target, arguments)


def _counted(target: Callable[..., Any], arguments: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], Any]:
    def call(case: Any) -> Any:
        given = arguments(case)
        extra = [np.random.default_rng(0)] if _wants_generator(target) else []
        parts = [np.asarray(part).ravel() for part in target(*given, *extra)]
        if len(parts) < 1 or any(part.dtype.kind not in "iu" for part in parts):
            raise TypeError("expected arrays of indices")
        rows = np.concatenate(parts)
        if rows.size and (rows.max() >= case.total or rows.min() < 0):
            return np.full(case.total, -1.0)
        return np.bincount(rows, minlength=case.total).astype(float)

    return call


def _wants_generator(target: Callable[..., Any]) -> bool:
    try:
        names = [p.name for p in inspect.signature(target).parameters.values() if p.default is p.empty]
    except (TypeError, ValueError):
        return False
    return len(names) > 2 and any("rng" in name or "gen" in name or "random" in name for name in names)


def _of_counts(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: {"how often each row comes": compute(c)}


def _repeats(case: Case, counts: Any) -> bool:
    return bool(counts.min() >= 0 and counts.max() > 1 and counts.sum() <= case.total + case.part)


def _drops(case: Case, counts: Any) -> bool:
    return bool(
        counts.min() == 0 and counts.max() == 1 and counts.sum() == case.total // case.part * case.part
    )


MINIBATCH_INDICES = Family(
    name="minibatch_indices",
    what="minibatches of a batch in which each row comes exactly once",
    words=(r"mini_?batch", r"(batch|shuffl).*(ind|iter|split|gen)", r"ind(ices|exes).*batch", r"batches"),
    roles=(
        number(
            "total",
            "batch_size n size num_samples n_samples buffer_size total_size length N num_rows data_size",
        ),
        number("part", "minibatch_size mini_batch_size batch bs mb_size chunk size_of_minibatch"),
    ),
    outputs={"how often each row comes": "B"},
    right=_of_counts(lambda c: c.counts),
    cases=_sizes,
    drivers=_index_calls,
    strict=True,
    mistakes=(
        Mistake(
            "minibatch-repeats-rows",
            "minibatches in which rows come several times and others never: drawn with replacement",
            _of_counts(lambda c: c.counts),
            "np.random.randint(0, n, size)",
            "np.random.permutation(n)",
            _repeats,
        ),
        Mistake(
            "minibatch-leaves-out",
            "minibatches without the rest that fills no whole minibatch",
            _of_counts(lambda c: (np.arange(c.total) < c.total // c.part * c.part).astype(float)),
            "for i in range(n // size): ...",
            "for start in range(0, n, size): ...",
            _drops,
        ),
    ),
    example="case.total, case.part",
)
