"""From readings to a verdict: right in one of them, equal to a known mistake, wrong, or not understood."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.calling import Answer, ask
from rlprobe.checks.trial.compare import close, compare, shaped
from rlprobe.checks.trial.present import as_array
from rlprobe.checks.trial.search import prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family, Mistake
    from rlprobe.checks.trial.reading import Reading
    from rlprobe.checks.trial.search import Tried

PLAIN = "plain"
"""Tag of cases in which no episode ends: they show whether the arguments are understood."""
FINITE = "finite:"
"""Tag of cases whose right answer depends on a small constant: any finite number will do."""
USUAL = frozenset({"random", "plain: random", "plain: no episode ends"})
"""Cases on which every function should give an answer."""
MOST_JUDGED = 40
"""Cases on which a mistake that fits the first one is confirmed."""
MOST_READINGS = 60
MOST_FOR_PAIRS = 3
MOST_GUESSED = 100
MOST_RECOGNISED = 12
"""Readings that are compared with the mistakes."""


@dataclass
class Judged:
    """How a reading does on all cases.

    Args:
        reading: how the function was called.
        failing: cases with a wrong answer, with that answer.
        count: cases it was called on.
        plain: whether all plain cases were right, and there was one.
    """

    reading: Reading
    failing: list[tuple[Case, Answer]] = field(default_factory=list)
    count: int = 0
    plain: bool = False


def judged(reading: Reading, family: Family, cases: Iterable[Case], *, until: int | None = None) -> Judged:
    """Call the function on every case; stop after ``until`` failing ones."""
    found, plain = Judged(reading), []
    for case in cases:
        seen = prepared(case, reading, family)
        answer = ask(reading, family, seen)
        right = is_right(answer, family, seen, reading)
        found.count += 1
        if PLAIN in case.tag:
            plain.append(right)
        if not right:
            found.failing.append((seen, answer))
            if until is not None and len(found.failing) >= until:
                break
    found.plain = bool(plain) and all(plain)
    return found


def only_refuses(found: Judged) -> bool:
    """Whether it fails on a few edge cases only: it raises there, or its number is not finite."""
    return 5 * len(found.failing) < 3 * found.count and all(
        c.tag.startswith(FINITE) or (a.error is not None and c.tag not in USUAL) for c, a in found.failing
    )


def is_right(answer: Answer, family: Family, case: Case, reading: Reading) -> bool:
    """Whether an answer is what is right in a case."""
    if answer.error is not None:
        return False
    if case.tag.startswith(FINITE):
        arrays = [array for array in map(as_array, answer.elements) if array is not None]
        return bool(arrays) and all(bool(np.isfinite(array).all()) for array in arrays)
    return compare(answer, family.right(case), family, case, reading).equal(family)


def named(candidates: Sequence[Tried], family: Family, cases: Sequence[Case]) -> tuple[Tried, Mistake] | None:
    """The first mistake, and the reading, whose numbers the function gives on every case."""
    ordered = _trusted(sorted(candidates, key=lambda one: one.rank), family, cases)
    shown: dict[tuple[Any, ...], list[tuple[Mistake, Any]]] = {}
    for source in (family.mistakes, None):
        mistakes = tuple(family.pairs()) if source is None else source
        for one in ordered[: len(ordered) if source else MOST_FOR_PAIRS]:
            key = (source is None, id(one.case.tag), *_numbers(one.case))
            if key not in shown:
                shown[key] = [(mistake, _outputs(mistake, one.case)) for mistake in mistakes]
            arrays = _arrays(one, family)
            for mistake, outputs in shown[key]:
                if mistake.needs and not mistake.needs & one.reading.roles:
                    continue
                if mistake.recognise is not None:
                    if _recognised(one, mistake, family, cases):
                        return one, mistake
                elif (
                    outputs is not None
                    and _near(arrays, outputs, family)
                    and _fits(one, outputs, family)
                    and _holds(one, mistake, family, cases)
                ):
                    return one, mistake
    return None


def _trusted(ordered: list[Tried], family: Family, cases: Sequence[Case]) -> list[Tried]:
    """The readings in which nothing was guessed, or which are right wherever no episode ends."""
    plain = [case for case in cases if PLAIN in case.tag][:5]
    trusted, guessed = [], 0
    for one in ordered:
        if all(choice.by_name for choice in one.reading.choices):
            trusted.append(one)
        elif plain and guessed < MOST_GUESSED:
            guessed += 1
            if judged(one.reading, family, plain, until=1).plain:
                trusted.append(one)
    return trusted[:MOST_READINGS]


def _numbers(case: Case) -> tuple[Any, ...]:
    """What tells two versions of one case apart: numbers that were set, flags and sizes."""
    parts: list[Any] = [tuple(case.sizes.items())]
    for name, value in case.data.items():
        if not callable(value):
            parts.append((name, value.tobytes() if hasattr(value, "tobytes") else repr(value)))
    return tuple(parts)


def _outputs(mistake: Mistake, case: Case) -> Any:
    try:
        return mistake.outputs(case)
    except (IndexError, ValueError, ZeroDivisionError):
        return None


def _arrays(one: Tried, family: Family) -> dict[str, list[Any]]:
    """The parts of an answer in the shape of each result."""
    found = {}
    for axes in set(family.outputs.values()):
        shapes = (shaped(part, axes, one.case, one.reading) for part in one.match.parts)
        found[axes] = [array for array in shapes if array is not None]
    return found


def _recognised(one: Tried, mistake: Mistake, family: Family, cases: Sequence[Case]) -> bool:
    """Whether a result shows the mistake; a function that draws at random may not show it on every case."""
    assert mistake.recognise is not None
    answers = [one]
    for case in cases[:MOST_RECOGNISED]:
        seen = prepared(case, one.reading, family)
        answer = ask(one.reading, family, seen)
        if answer.error is None:
            match = compare(answer, family.right(seen), family, seen, one.reading)
            answers.append(replace(one, case=seen, answer=answer, match=match))
    return any(
        mistake.recognise(each.case, array)
        for each in answers
        for some in _arrays(each, family).values()
        for array in some
    )


def _near(arrays: dict[str, list[Any]], outputs: Any, family: Family) -> bool:
    """Whether any part equals any result; fast, because most mistakes are ruled out here."""
    for name, expected in outputs.items():
        axes = family.outputs.get(name)
        if axes is None or np.ndim(expected) != len(axes):
            return True  # of another shape: compared in full
        for array in arrays[axes]:
            if array.shape == np.shape(expected) and close(array, np.asarray(expected), family.tolerance):
                return True
    return False


def _fits(one: Tried, outputs: Any, family: Family) -> bool:
    return compare(one.answer, outputs, family, one.case, one.reading).equal(family)


def _finite(answer: Answer) -> bool:
    arrays = [array for array in map(as_array, answer.elements) if array is not None]
    return all(bool(np.isfinite(array).all()) for array in arrays)


def _holds(one: Tried, mistake: Mistake, family: Family, cases: Sequence[Case]) -> bool:
    """Whether the mistake explains the function on all cases."""
    for case in cases[:MOST_JUDGED]:
        if case.tag.startswith(FINITE):
            continue
        seen = prepared(case, one.reading, family)
        answer = ask(one.reading, family, seen)
        outputs = _outputs(mistake, seen)
        if answer.error is not None or outputs is None or not _finite(answer):
            continue
        if not compare(answer, outputs, family, seen, one.reading).equal(family):
            return False
    return True
