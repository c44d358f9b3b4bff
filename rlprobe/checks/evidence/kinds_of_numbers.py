"""Whether a function is as correct with integers and with numbers of 32 or 16 bits as with those of 64."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.checks.trial.calling import ask
from rlprobe.checks.trial.compare import compare
from rlprobe.checks.trial.reading import RECORD
from rlprobe.checks.trial.search import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading

PRECISE: Final = {"float32": 2e-3, "float16": 5e-2}
"""The error that each kind of numbers may lead to, relative to the largest number."""


def kinds_flaws(reading: Reading, family: Family, case: Case) -> list[str]:
    """What the caller must know of other kinds of numbers than those of 64 bits.

    Args:
        reading: how the function is called; only NumPy arrays that are passed as arguments are asked about.
        family: what it computes.
        case: a case that it is right on.
    """
    if reading.kind != "numpy" or reading.label or any(c.role == RECORD for c in reading.choices):
        return []
    found = []
    whole = case.change(rewards=np.round(case.rewards)) if "rewards" in case.data else None
    names = {choice.parameter for choice in reading.choices if choice.role == "rewards"}
    if whole is not None and names and not _right(reading, family, whole, _integers(names), family.tolerance):
        found.append(
            "integer rewards lose their fractions: np.zeros_like(rewards) is then an integer array, "
            "np.zeros(rewards.shape) is not"
        )
    for kind, error in PRECISE.items():
        if not _right(reading, family, case, _floats(kind), error):
            found.append(f"with {kind} arguments, its numbers are off by more than {100 * error:g} %")
            break
    return found


def _right(
    reading: Reading, family: Family, case: Case, cast: Callable[[str, Any], Any], tolerance: float
) -> bool:
    """Whether it gives the same with other numbers; a function that raises is not blamed."""
    seen = prepared(case, reading, family)
    answer = ask(replace(reading, function=_given(reading.function, cast)), family, seen)
    if answer.error is not None:
        return True
    loose = replace(family, tolerance=tolerance)
    return compare(answer, family.right(seen), loose, seen, reading).equal(family)


def _integers(names: set[str]) -> Callable[[str, Any], Any]:
    return lambda name, value: value.astype(np.int64) if name in names and hasattr(value, "astype") else value


def _floats(kind: str) -> Callable[[str, Any], Any]:
    return lambda _, value: (
        value.astype(kind) if getattr(value, "dtype", None) == np.float64 and np.ndim(value) else value
    )


def _given(function: Callable[..., Any], cast: Callable[[str, Any], Any]) -> Callable[..., Any]:
    """A function whose arguments are cast first."""

    def called(*positional: Any, **named: Any) -> Any:
        return function(*(cast("", one) for one in positional), **{n: cast(n, v) for n, v in named.items()})

    called.__name__ = getattr(function, "__name__", "f")
    called.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return called
