"""Functions that are right for one environment, or one row, and are given many at once."""

from __future__ import annotations

import inspect
import re
import types
from typing import TYPE_CHECKING, Any, Final

from rlprobe.checks.trial.compare import shaped
from rlprobe.checks.trial.constants import written
from rlprobe.checks.trial.present import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.search import Tried

TOGETHER: Final = {
    "T": ("TN", "NT"),
    "T1": ("TN", "NT", "TN1", "NT1"),
    "TN1": ("TN",),
    "NT1": ("NT",),
    "one": ("B", "B1"),
    "B1": ("B",),
}
"""The layouts of many, or of flat arrays, for each layout of one or of columns."""
GIVEN: Final = {
    **dict.fromkeys(("T", "T1"), "several environments at once, (T, N)"),
    **dict.fromkeys(("TN1", "NT1"), "arrays without the last axis, (T, N)"),
    "one": "a batch",
    "B1": "flat arrays, (B,), in place of columns",
}


def for_many(one: Tried, many: Tried, family: Family) -> bool:
    """Whether a function that is right alone is meant for many.

    Several environments are meant where the function's lines hold the number of an axis. A batch is meant
    where an argument is named in the plural, where the function gives one value for each row of a table, or
    where it calls methods of arrays and its arguments are not annotated as numbers.
    """
    if one.reading.layout in ALONE:
        axes = [value for value in written(one.reading.function) if type(value) is int and abs(value) < 2]
        return bool(axes) or bool({"any", "all"} & _names(one.reading.function))
    if one.reading.layout != "one":
        return False
    rows = [c.parameter for c in one.reading.choices if _axes(c.role, family) == "B"]
    if rows:
        plural = any(len(name) > 3 and name.rstrip("_").endswith("s") for name in rows)
        return plural or not _for_numbers(one.reading.function, rows)
    return any(shaped(part, "B", many.case, many.reading) is not None for part in many.match.parts)


def _for_numbers(function: Callable[..., Any], rows: list[str]) -> bool:
    """Whether annotations, or calls of NumPy as in textbooks, speak for one row at a time."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    words = [str(known[name].annotation) for name in rows if name in known]
    single = any(re.search(r"\b(float|int|bool)\b", word) for word in words)
    return single or bool({"np", "numpy"} & _names(function))


def _names(function: Callable[..., Any]) -> set[str]:
    """The names that a function's lines use, those of its comprehensions too."""
    inner = [one for one in written(function) if isinstance(one, types.CodeType)]
    found = [getattr(inspect.unwrap(function), "__code__", None), *inner]
    return {name for code in found if code is not None for name in code.co_names}


def _axes(role: str, family: Family) -> str:
    return next((r.variants[0].axes for r in family.roles if r.name == role), "?")
