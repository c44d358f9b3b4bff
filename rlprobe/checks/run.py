"""One check from start to end: find how the function is called, judge it, and tell."""

from __future__ import annotations

import contextlib
import random
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.compiled import fewer, in_jax
from rlprobe.checks.many import GIVEN, TOGETHER, for_many
from rlprobe.checks.messages import not_understood, nothing_came, raised_error, refusal
from rlprobe.checks.outcome import Checked, CheckFailure, FunctionRaisedError, NotUnderstoodError
from rlprobe.checks.trial.bindings import bindings
from rlprobe.checks.trial.calling import Answer, ask, quiet
from rlprobe.checks.trial.present import ALONE
from rlprobe.checks.trial.search import prepared, tried
from rlprobe.checks.trial.shrink import smallest
from rlprobe.checks.trial.story import cautions, conventions, difference
from rlprobe.checks.trial.verdict import FINITE, Judged, is_right, judged, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading
    from rlprobe.checks.trial.search import Tried

CHANGES_INPUT = "changes-its-input"
USUAL = frozenset({"random", "plain: random", "plain: no episode ends"})
"""Cases on which every function should give an answer."""
MOST_NEAR = 6
"""Readings that are right on the first case and judged on all."""


def check(
    function: Callable[..., Any],
    family: Family,
    *,
    adapt: Callable[[Any], Any] | None = None,
    name: str = "",
    **known: Any,
) -> Checked:
    """Check a function as a member of a family.

    Args:
        function: what is checked.
        family: what it computes.
        adapt: calls it, given a case; then nothing is guessed.
        name: what it is called in the report.
        known: values of parameters, and of numbers that the function uses but does not take.

    Raises:
        CheckFailure: it is wrong.
        NotUnderstoodError: how it is called could not be found.
        FunctionRaisedError: it raised an error however it was called.
    """
    began = time.perf_counter()
    called = name or getattr(function, "__qualname__", None) or type(function).__name__
    with _same_random_state(), quiet():
        session = _Session(function, family, adapt, called, known)
        return session.run(began)


def first_understood(function: Callable[..., Any], families: Sequence[Family], **options: Any) -> Checked:
    """Check a function as the first of several families as which it can be called.

    Raises:
        CheckFailure: it is wrong.
        NotUnderstoodError: how it is called could not be found.
        FunctionRaisedError: it raised an error however it was called.
    """
    for one in families[:-1]:
        with contextlib.suppress(NotUnderstoodError, FunctionRaisedError):
            return check(function, one, **options)
    return check(function, families[-1], **options)


class _Session:
    """One check under way."""

    def __init__(
        self,
        function: Callable[..., Any],
        family: Family,
        adapt: Callable[[Any], Any] | None,
        called: str,
        known: dict[str, Any],
    ) -> None:
        self.function, self.family, self.adapt, self.called = function, family, adapt, called
        self.known = known
        self.numbers = fixed = {
            n: v for n, v in known.items() if n in {r.name for r in family.roles if r.usual}
        }
        self.cases = [case.change(**fixed) if fixed else case for case in family.cases()]
        if in_jax(function):
            self.cases = fewer(self.cases)
        self.failures: list[tuple[Reading, Answer]] = []
        self.candidates: list[Tried] = []

    def run(self, began: float) -> Checked:
        near: list[Judged] = []
        candidates = self.candidates
        for one in tried(self._bound(), self.family, self.cases[0], self.failures, self.numbers):
            candidates.append(one)
            if one.match.equal(self.family) and len(near) < MOST_NEAR:
                found = judged(one.reading, self.family, self.cases, until=None if not near else 5)
                if not found.failing:
                    return self._right(one, found, began)
                if self._only_refuses(found):
                    return self._right(one, found, began)
                near.append(found)
        self._wrong(near, candidates, began)
        raise AssertionError("unreachable")

    def _bound(self) -> Iterator[Reading]:
        if self.adapt is not None:
            yield from bindings(self.adapt, self.family, self.known, adapted=True)
            return
        for label, driver in self.family.drivers(self.function):
            for reading in bindings(driver, self.family, self.known, adapted=True):
                yield replace(reading, label=label)
        if callable(self.function):
            yield from bindings(self.function, self.family, self.known, adapted=False)

    def _together(self, one: Tried, began: float) -> list[str]:
        """What must be known of a function that is right for one environment, one row, or columns only.

        Raises:
            CheckFailure: given many at once, it makes a known mistake, and it is meant for many.
        """
        many = [other for other in self.candidates if other.reading.layout in TOGETHER[one.reading.layout]]
        if not many:
            return []
        found = named(many, self.family, self.cases)
        given = GIVEN[one.reading.layout]
        if found is None:
            return [f"given {given}, it does not raise, and its numbers are others"]
        other, mistake = found
        if mistake.many and for_many(one, other, self.family):
            alone = "one environment" if one.reading.layout in ALONE else "one row"
            what = f"Given {alone} it is right; given {given}, its numbers equal {mistake.what}."
            self._tell(other.reading, mistake.id, what, began)
        return [f"given {given}, it does not raise, and its numbers equal {mistake.what} ({mistake.id})"]

    def _only_refuses(self, found: Judged) -> bool:
        """Whether it fails on a few edge cases only: it raises there, or its number is not finite."""
        return 5 * len(found.failing) < 3 * found.count and all(
            c.tag.startswith(FINITE) or (a.error is not None and c.tag not in USUAL) for c, a in found.failing
        )

    def _right(self, one: Tried, found: Judged, began: float) -> Checked:
        answer = ask(one.reading, self.family, one.case)
        together = self._together(one, began) if one.reading.layout in TOGETHER else []
        if answer.changed:
            names = ", ".join(f"`{name}`" for name in answer.changed)
            self._fail(
                one.reading,
                CHANGES_INPUT,
                f"Its numbers are right, but it changes {names} in place.",
                case=one.case,
                answer=answer,
                began=began,
            )
        return Checked(
            function=self.called,
            family=self.family.name,
            conventions=tuple(conventions(one.reading, self.family, answer, one.case)),
            cautions=(
                *cautions(one.reading, self.family),
                *together,
                *dict.fromkeys(refusal(c, a) for c, a in found.failing),
            ),
            cases=found.count,
            seconds=time.perf_counter() - began,
        )

    def _wrong(self, near: list[Judged], candidates: list[Tried], began: float) -> None:
        """Tell the mistake, or why nothing can be told."""
        if not candidates:
            raise nothing_came(self.called, self.family, self.cases[0], self.failures)
        found = named(self._first(near, candidates), self.family, self.cases)
        if found is not None:
            one, mistake = found
            self._tell(one.reading, mistake.id, f"Its numbers equal {mistake.what}.", began)
        if near:
            best = min(near, key=lambda one: len(one.failing))
            raised = [a for _, a in best.failing if a.error is not None]
            if len(raised) == len(best.failing):
                case, answer = min(best.failing, key=lambda pair: pair[0].size)
                raise raised_error(self.called, self.family, best.reading, answer, case)
            self._tell(
                best.reading,
                None,
                f"It is right on {best.count - len(best.failing)} cases of {best.count}.",
                began,
            )
        understood = self._understood(candidates)
        if understood is not None:
            one = understood
            self._tell(
                one.reading, None, "No convention makes it right, and it equals no known mistake.", began
            )
        raise not_understood(self.called, self.family, candidates[0].reading)

    def _first(self, near: list[Judged], candidates: list[Tried]) -> list[Tried]:
        """Readings that were right on the first case come first: they differ elsewhere only."""
        liked = {id(one.reading) for one in near}
        return [one for one in candidates if id(one.reading) in liked] or candidates

    def _understood(self, candidates: list[Tried]) -> Tried | None:
        """A reading that there is no doubt of: right where no episode ends, or with every name known."""
        for one in sorted(candidates, key=lambda one: one.rank)[:20]:
            plain = [case for case in self.cases if "plain" in case.tag]
            if plain and judged(one.reading, self.family, plain, until=1).plain:
                return one
        if self.adapt is not None or self.family.strict:
            named_all = [one for one in candidates if all(c.by_name for c in one.reading.choices)]
            return min(named_all, key=lambda one: one.rank, default=None)
        return None

    def _tell(self, reading: Reading, mistake: str | None, sentence: str, began: float) -> None:
        def wrong(case: Case) -> bool:
            return not is_right(ask(reading, self.family, case), self.family, case, reading)

        all_seen = (prepared(case, reading, self.family) for case in self.cases)
        first = min((case for case in all_seen if wrong(case)), key=lambda case: case.size)
        case = smallest(first, wrong)
        self._fail(reading, mistake, sentence, case=case, answer=ask(reading, self.family, case), began=began)

    def _fail(
        self,
        reading: Reading,
        mistake: str | None,
        sentence: str,
        *,
        case: Case,
        answer: Answer,
        began: float,
    ) -> None:
        said = conventions(reading, self.family, None, case)
        lines = [
            f"{self.called}: wrong, as {self.family.name}" + (f": {mistake}" if mistake else ""),
            f"  {sentence}",
            *(f"  {line}" for line in difference(reading, self.family, case, answer).splitlines()),
            *(f"  {line}" for line in said),
        ]
        if mistake:
            lines.append(f"  `rlprobe explain {mistake}` tells more.")
        raise CheckFailure(
            "\n".join(lines),
            function=self.called,
            family=self.family.name,
            mistake=mistake,
            conventions=tuple(said),
            seconds=time.perf_counter() - began,
        )


@contextlib.contextmanager
def _same_random_state() -> Iterator[None]:
    """Leave the process-wide generators as they were: a stranger's function may draw from them."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch: Any = sys.modules.get("torch")
    tensors = torch.random.get_rng_state() if torch is not None else None
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        if torch is not None:
            torch.random.set_rng_state(tensors)
