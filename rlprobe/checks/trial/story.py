"""What a check says: the conventions that it found, and a failure as a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.compare import close, compare, shaped
from rlprobe.checks.trial.present import ALONE, SAID_KINDS, SAID_LAYOUTS, as_array
from rlprobe.checks.trial.reading import FIXED, RECORD, SPECIAL
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.calling import Answer
    from rlprobe.checks.trial.reading import Reading

MOST_SHOWN = 8
WIDTH = 78


def conventions(reading: Reading, family: Family, answer: Answer | None, case: Case | None) -> list[str]:
    """How the function is called and what it returns, one sentence each."""
    said = [call(reading)]
    said += [v.say.format(name=name) for name, v in reading.variants(family) if v.say]
    places = SAID_LAYOUTS.get(reading.layout, "")
    said.append("; ".join(part for part in (SAID_KINDS[reading.kind], places) if part))
    used = [name for name in reading.constants if case is None or _matters(name, reading, family, case)]
    said += [f"uses {name} = {short(reading.constants[name])}" for name in used]
    if answer is not None and case is not None:
        found = compare(answer, family.right(case), family, case, reading)
        names = [name for name in found.names if name]
        if names:
            said.append(f"returns {' and '.join(dict.fromkeys(names))}")
    return said


def call(reading: Reading) -> str:
    """How the function is called, by the names of the quantities where they are not the parameters' own."""
    if reading.label:
        return f"called as {reading.label}"
    words = []
    for choice in reading.choices:
        if choice.role == RECORD:
            words.append(choice.parameter)
        elif choice.role == FIXED:
            words.append(f"{choice.parameter}={choice.fixed!r}")
        elif choice.role in SPECIAL or choice.role == choice.parameter:
            words.append(choice.parameter)
        else:
            words.append(f"{choice.parameter}=<{choice.role}>")
    read = list(reading.attributes)
    name = getattr(reading.function, "__name__", "f")
    return f"called as {name}({', '.join(words)})" + (f", which reads {', '.join(read)}" if read else "")


def _matters(name: str, reading: Reading, family: Family, case: Case) -> bool:
    """Whether the right numbers depend on a number that the function does not take."""
    other = case.change(**{name: 0.8 * getattr(case, name) + 0.01})
    for _, variant in reading.variants(family):
        if variant.axes != "?" and not np.array_equal(variant.get(case), variant.get(other)):
            return False
    before, after = family.right(case), family.right(other)
    return any(not np.array_equal(before[n], after[n], equal_nan=True) for n in before)


def cautions(reading: Reading, family: Family) -> list[str]:
    """What the caller must know of the conventions found."""
    found = ["nothing is discounted: gamma is 1"] if reading.constants.get("gamma") == 1.0 else []
    for name, variant in reading.variants(family):
        if variant.caution and not variant.unless & reading.roles:
            found.append(variant.caution.format(name=name))
    return found


def difference(reading: Reading, family: Family, case: Case, answer: Answer) -> str:
    """The case, the function's result and the expected one, as a table that fits a terminal."""
    if answer.error is not None:
        return f"It raises {type(answer.error).__name__}: {answer.error}\n" + _table(
            case, reading, family, {}
        )
    right = family.right(case)
    found = compare(answer, right, family, case, reading)
    for part, name in zip(found.parts, found.names, strict=True):
        if name == "":
            return _compared(part, right, family, case, reading)
    arrays = [as_array(part) for part in found.parts]
    shapes = ", ".join(type(a).__name__ if a is None else f"shape {a.shape}" for a in arrays)
    return f"It returns {shapes or 'nothing'}.\n" + _table(case, reading, family, {})


def _compared(part: Any, right: dict[str, Any], family: Family, case: Case, reading: Reading) -> str:
    for name, expected in right.items():
        yours = shaped(part, family.outputs[name], case, reading) if name in family.outputs else None
        if yours is None or not family.allowed(getattr(reading.function, "__name__", ""), name):
            continue
        wanted = np.asarray(expected)
        place = _first(yours, wanted, family, case)
        rows = {f"yours ({name})": yours, "expected": wanted}
        return f"{place}\n{_table(case, reading, family, rows)}"
    return _table(case, reading, family, {})


def _first(yours: Any, wanted: Any, family: Family, case: Case) -> str:
    if np.ndim(wanted) == 0:
        return "On this case:"
    for index in np.ndindex(np.shape(wanted)):
        if not close(yours[index], wanted[index], family.tolerance):
            steps = case.sizes.get("T")
            where = f"t = {index[0]}" if steps else f"row {index[0]}"
            kind = f"this {steps}-step case" if steps else "this case"
            return f"First difference at {where} of {kind}:"
    return "On this case:"


def _table(case: Case, reading: Reading, family: Family, results: dict[str, Any]) -> str:
    """The numbers of a case, one quantity a line, then the results."""
    rows = [*_given(case, reading, family), *((name, _line(value)) for name, value in results.items())]
    wide = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"    {name:<{wide}}  {line}"[:WIDTH] for name, line in rows)


def _given(case: Case, reading: Reading, family: Family) -> Iterator[tuple[str, str]]:
    """What the function was given, by its own names."""
    for name, variant in reading.variants(family):
        value = variant.get(case)
        if variant.axes != "?":
            yield name, _line(value)


def _line(value: Any) -> str:
    array = np.asarray(value)
    if array.dtype == np.bool_:
        array = array.astype(int)
    if array.ndim == 0:
        return _figure(float(array))
    if array.ndim > 1 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1:
        shown = "  ".join(f"{_figure(float(x)):>6}" for x in array[:MOST_SHOWN])
        return shown + (" ..." if len(array) > MOST_SHOWN else "")
    return " | ".join(" ".join(_figure(float(x)) for x in row.ravel()[:MOST_SHOWN]) for row in array[:4])


def _figure(value: float) -> str:
    return short(value) if np.isfinite(value) else str(value)


def alone(reading: Reading) -> bool:
    """Whether the reading is of a single environment."""
    return reading.layout in ALONE
