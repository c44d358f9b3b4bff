"""An identity, and the function under check as something that can be asked about any case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.calling import ask
from rlprobe.checks.trial.compare import shaped
from rlprobe.checks.trial.search import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading

NEAR = 2e-3
"""Largest error, relative to the largest number: float32 leaves this much after a few steps."""


class DoesNotApplyError(Exception):
    """The function gives nothing on a case of an identity, or nothing of the kind that it speaks of."""


@dataclass(frozen=True)
class Identity:
    """A property that needs no reference.

    Args:
        says: what holds, in words.
        holds: whether it holds on a case, given the function.
        needs: roles that the function must take.
        output: the result that it speaks of; empty for any.
        plain: whether it is asked where no episode ends only.
    """

    says: str
    holds: Callable[[Asked, Case], bool]
    needs: frozenset[str] = frozenset()
    output: str = ""
    plain: bool = False


class Asked:
    """A function as a mapping from cases to one of its results.

    Args:
        reading: how it is called.
        family: what it computes.
        output: which result it gives.
        part: where that stands among what it returns.
    """

    def __init__(self, reading: Reading, family: Family, output: str, part: int) -> None:
        self.reading, self.family, self.output, self.part = reading, family, output, part

    def __call__(self, case: Case) -> Any:
        """Its result on a case.

        Raises:
            DoesNotApplyError: there is none.
        """
        seen = prepared(case, self.reading, self.family)
        answer = ask(self.reading, self.family, seen)
        if answer.error is not None or len(answer.elements) <= self.part:
            raise DoesNotApplyError
        found = shaped(answer.elements[self.part], self.family.outputs[self.output], seen, self.reading)
        if found is None:
            raise DoesNotApplyError
        return found

    def seen(self, case: Case) -> Case:
        """The case as the function can see it."""
        return prepared(case, self.reading, self.family)


def same(found: Any, expected: Any) -> bool:
    """Whether two results are equal, up to the precision of float32."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        return False
    scale = max(float(np.abs(expected).max(initial=0.0)), 0.05)
    return bool((np.abs(found - expected) <= NEAR * scale).all())


def asked_of(
    asked: Asked, identities: Iterable[Identity], cases: list[Case], *, most: int = 3
) -> dict[str, bool]:
    """Whether each identity holds that speaks of the function, by what it says, asked on a few cases.

    Args:
        asked: the function.
        identities: those of its family.
        cases: where they are asked.
        most: cases for each of them.
    """
    plain = [case for case in cases if "plain" in case.tag]
    found = {}
    for one in identities:
        if (one.output and one.output != asked.output) or not one.needs <= asked.reading.roles:
            continue
        some = plain if one.plain else cases
        found[one.says] = all(_holds(one, asked, case) for case in some[:most])
    return found


def _holds(one: Identity, asked: Asked, case: Case) -> bool:
    try:
        with np.errstate(all="ignore"):
            return one.holds(asked, case)
    except DoesNotApplyError:
        return True
