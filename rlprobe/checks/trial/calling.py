"""Call a function as a reading says, and keep what it returns, raises and changes."""

from __future__ import annotations

import contextlib
import io
import itertools
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.compiled import call
from rlprobe.checks.trial.present import as_array
from rlprobe.checks.trial.reading import FIXED, LENGTH, RECORD, show
from rlprobe.checks.trial.stand_in import Record

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading

MOST_YIELDED = 1_000


@dataclass(frozen=True)
class Answer:
    """What a call gave.

    Args:
        elements: the parts of the result that may be judged.
        error: what was raised instead.
        changed: parameters whose array was changed in place.
        read: roles that were read from ``self`` or a record.
        shapes: shapes of the parts, for messages.
    """

    elements: tuple[Any, ...] = ()
    error: BaseException | None = None
    changed: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def ask(reading: Reading, family: Family, case: Case) -> Answer:
    """Call the function on a case that it can see, see ``prepared``."""
    if reading.layout != "one":
        return _ask(reading, family, case)
    answers = [_ask(reading, family, case.take("B", [row])) for row in range(case.sizes["B"])]
    failed = next((answer for answer in answers if answer.error is not None), None)
    if failed is not None:
        return failed
    columns = zip(*(answer.elements for answer in answers), strict=False)
    rows = [[array for array in map(as_array, column) if array is not None] for column in columns]
    complete = (row for row in rows if len(row) == len(answers) and len({a.shape for a in row}) == 1)
    whole = tuple(np.stack(row) for row in complete)
    return replace(answers[0], elements=whole)


def _ask(reading: Reading, family: Family, case: Case) -> Answer:
    record = Record(family, case, reading)
    positional, named, passed = _arguments(reading, family, case, record)
    before = {name: _frozen(value) for name, value in passed.items()}
    try:
        with quiet():
            result = _result(reading, positional, named)
            filled = result is None or result is record or getattr(result, "_record", None) is record
            elements = record.results() if filled else tuple(_elements(result)) or record.results()
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's function may raise anything
        return Answer(error=error, read=tuple(record.read))
    changed = tuple(n for n, old in before.items() if old is not None and not _same(old, passed[n]))
    return Answer(elements, None, changed, tuple(record.read))


def _result(reading: Reading, positional: list[Any], named: dict[str, Any]) -> Any:
    """What the function returns; one of JAX is compiled unless it reads from an object."""
    if reading.kind in {"numpy", "jax"} and all(choice.role != RECORD for choice in reading.choices):
        return call(reading.function, positional, named)
    return reading.function(*positional, **named)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No prints and no warnings of the function, and no errors of floats beyond its own."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def _arguments(
    reading: Reading, family: Family, case: Case, record: Record
) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    passed: dict[str, Any] = {}
    for choice in reading.choices:
        if choice.role == RECORD:
            value: Any = record if reading.make_self is None else reading.make_self(record)
        elif choice.role == FIXED:
            value = choice.fixed
        elif choice.role == LENGTH:
            value = case.sizes.get(choice.fixed, 1)
        else:
            variant = family.role(choice.role).variants[choice.variant]
            value = show(variant, case, replace(reading, kind=choice.kind) if choice.kind else reading)
            if choice.role not in family.in_place:
                passed[choice.parameter] = value
        if choice.parameter in reading.positional:
            positional.append(value)
        else:
            named[choice.parameter] = value
    return positional, named, passed


def _elements(result: Any) -> Iterator[Any]:
    """The parts of a result: of a tuple or a mapping each, of a list of several arrays each and the whole."""
    if result is None:
        return
    if isinstance(result, Mapping):
        yield from result.values()
    elif isinstance(result, tuple):
        yield from result
    elif hasattr(result, "__next__"):
        yield list(itertools.islice(result, MOST_YIELDED))
    elif hasattr(result, "__dataclass_fields__"):
        yield from (getattr(result, name) for name in result.__dataclass_fields__)
    else:
        yield result


def _frozen(value: Any) -> Any:
    array = as_array(value)
    return None if array is None or array.ndim == 0 else array.copy()


def _same(old: Any, value: Any) -> bool:
    new = as_array(value)
    return new is not None and new.shape == old.shape and bool(np.array_equal(new, old, equal_nan=True))
