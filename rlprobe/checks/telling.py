"""What is told of a wrong function: the mistake, the smallest case, and the identities that it breaks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from rlprobe.checks.evidence.registry import identities_of
from rlprobe.checks.outcome import CheckFailure
from rlprobe.checks.trial.calling import Answer, ask
from rlprobe.checks.trial.present import as_array
from rlprobe.checks.trial.search import prepared
from rlprobe.checks.trial.shrink import smallest
from rlprobe.checks.trial.story import conventions, difference
from rlprobe.checks.trial.verdict import is_right

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading
    from rlprobe.checks.trial.search import Tried

MOST_IDENTITIES = 2
"""Broken identities that are told."""


def _besides(answer: Answer) -> list[str]:
    """What else is to be said of an answer: that it is not a number, and what was changed in place."""
    arrays = [array for array in map(as_array, answer.elements) if array is not None]
    said = [] if all(np.isfinite(array).all() for array in arrays) else ["It returns NaN or infinity."]
    names = ", ".join(f"`{name}`" for name in answer.changed)
    return said + ([f"It also changes {names} in place."] if names else [])


class Teller:
    """Raises the failure of one function.

    Args:
        called: its name.
        family: what it was checked as.
        cases: all cases.
        began: when the check began.
    """

    def __init__(self, called: str, family: Family, cases: list[Case], began: float) -> None:
        self.called, self.family, self.cases, self.began = called, family, cases, began

    @property
    def seconds(self) -> float:
        """How long the check has taken so far."""
        return time.perf_counter() - self.began

    def tell(self, one: Tried, mistake: str | None, sentence: str) -> NoReturn:
        """Fail with the smallest case on which a reading is wrong.

        Raises:
            CheckFailure: always.
        """
        reading = one.reading

        def wrong(case: Case) -> bool:
            return not is_right(ask(reading, self.family, case), self.family, case, reading)

        all_seen = (prepared(case, reading, self.family) for case in self.cases)
        first = min((case for case in all_seen if wrong(case)), key=lambda case: case.size, default=None)
        case = one.case if first is None else smallest(first, wrong)
        asked = identities_of(one, self.family, self.cases)
        broken = [says for says, holds in asked.items() if not holds][:MOST_IDENTITIES]
        answer = ask(reading, self.family, case)
        lines = [sentence, *_besides(answer), *(f"It breaks an identity: {says}." for says in broken)]
        self.fail(reading, mistake, lines, case=case, answer=answer)

    def fail(
        self, reading: Reading, mistake: str | None, lines: list[str], *, case: Case, answer: Answer
    ) -> NoReturn:
        """Fail with this text and this case.

        Raises:
            CheckFailure: always.
        """
        said = conventions(reading, self.family, None, case)
        told = [*lines, *difference(reading, self.family, case, answer).splitlines(), *said]
        head = f"{self.called}: wrong, as {self.family.name}" + (f": {mistake}" if mistake else "")
        tail = [f"`rlprobe explain {mistake}` tells more."] if mistake else []
        raise CheckFailure(
            "\n".join([head, *(f"  {line}" for line in [*told, *tail])]),
            function=self.called,
            family=self.family.name,
            mistake=mistake,
            conventions=tuple(said),
            seconds=self.seconds,
        )
