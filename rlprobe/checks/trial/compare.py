"""Whether a result is the right one, or the one of a known mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.present import as_array, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family, Outputs
    from rlprobe.checks.trial.calling import Answer
    from rlprobe.checks.trial.reading import Reading

SMALLEST_SCALE = 0.05
"""Results below this are compared as if they were of this size."""
MOST_PARTS = 6


@dataclass(frozen=True)
class Match:
    """How the parts of a result compare with the expected results.

    Args:
        names: for each part the result that it equals; empty where it equals none; None where its shape says
            that it is something else.
        parts: each part that has the shape of a result, by the name of the first such result.
    """

    names: tuple[str | None, ...]
    parts: tuple[Any, ...]

    def equal(self, family: Family) -> bool:
        """Whether a main result is there, and no part that is judged differs."""
        found = [name for name in self.names if name]
        return "" not in self.names and any(name not in family.extras for name in found)

    @property
    def shaped(self) -> bool:
        """Whether any part has the shape of a result."""
        return any(name is not None for name in self.names)


def compare(answer: Answer, outputs: Outputs, family: Family, case: Case, reading: Reading) -> Match:
    """Compare every part of an answer with the expected results."""
    parts = _split(answer.elements, family, case, reading)
    called = reading.label or getattr(reading.function, "__name__", "")
    allowed = {name: value for name, value in outputs.items() if family.allowed(called, name)}
    names: list[str | None] = []
    for part in parts:  # each part is another result
        left = {name: value for name, value in allowed.items() if name not in names}
        names.append(_name_of(part, left, family, case, reading))
    if any(name for name in names):  # a number beside what was recognised is a measurement, not a result
        names = [
            None if name == "" and _is_number(part) else name for name, part in zip(names, parts, strict=True)
        ]
    return Match(tuple(names), parts)


def _is_number(part: Any) -> bool:
    array = as_array(part)
    return array is not None and array.ndim == 0


def _split(elements: tuple[Any, ...], family: Family, case: Case, reading: Reading) -> tuple[Any, ...]:
    """The parts of a result, where a list may be one array or several."""
    if len(elements) != 1 or not isinstance(elements[0], list) or len(elements[0]) > MOST_PARTS:
        return elements
    whole = _fits(elements[0], set(family.outputs.values()), case, reading)
    return elements if whole else tuple(elements[0])


def _fits(part: Any, shapes: set[str], case: Case, reading: Reading) -> bool:
    return any(shaped(part, axes, case, reading) is not None for axes in shapes)


def shaped(part: Any, axes: str, case: Case, reading: Reading) -> Any:
    """A part as a result with these axes, or None; one step more than the rollout has is left out."""
    found = canonical(part, axes, case.sizes, reading.layout)
    if found is None and axes.startswith("T"):
        longer = canonical(part, "S" + axes[1:], case.sizes, reading.layout)
        return None if longer is None else longer[:-1]
    return found


def _name_of(
    part: Any, outputs: Mapping[str, Any], family: Family, case: Case, reading: Reading
) -> str | None:
    fitting = False
    for name, expected in outputs.items():
        axes = family.outputs.get(name)
        found = None if axes is None else shaped(part, axes, case, reading)
        if found is None:
            found = _of_shape(part, np.shape(expected))
        if found is None:
            continue
        fitting = True
        if close(found, np.asarray(expected), family.tolerance):
            return name
    fitting = fitting or any(
        shaped(part, family.outputs[n], case, reading) is not None for n in family.wrong_shapes
    )
    return "" if fitting else None


def _of_shape(part: Any, shape: tuple[int, ...]) -> Any:
    """An array of exactly this shape: what a broadcast by mistake leads to."""
    array = as_array(part)
    return array if array is not None and array.shape == shape and array.ndim >= 2 else None


def close(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether two arrays agree, relative to the largest finite number expected."""
    largest = float(np.abs(expected).max()) if expected.size else 0.0
    if np.isfinite(largest):
        return bool((np.abs(found - expected) <= tolerance * max(largest, SMALLEST_SCALE)).all())
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(float(finite.max()) if finite.size else 0.0, SMALLEST_SCALE)
    with np.errstate(invalid="ignore"):
        return bool(np.allclose(found, expected, rtol=0.0, atol=tolerance * scale, equal_nan=True))
