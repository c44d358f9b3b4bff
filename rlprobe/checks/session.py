"""One check under way: how the function is called, whether it is right, and what is told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from rlprobe.checks.compiled import fewer, in_jax
from rlprobe.checks.evidence.generated import counterexample
from rlprobe.checks.evidence.gradients import GRADIENT, gradient_flaw
from rlprobe.checks.evidence.kinds_of_numbers import kinds_flaws
from rlprobe.checks.evidence.registry import identities_of
from rlprobe.checks.many import GIVEN, TOGETHER, for_many
from rlprobe.checks.messages import not_understood, nothing_came, raised_error, refusal
from rlprobe.checks.outcome import Checked
from rlprobe.checks.telling import Teller
from rlprobe.checks.trial.bindings import bindings
from rlprobe.checks.trial.calling import Answer, ask
from rlprobe.checks.trial.present import ALONE, as_array
from rlprobe.checks.trial.search import prepared, tried
from rlprobe.checks.trial.shrink import smallest
from rlprobe.checks.trial.story import cautions, conventions
from rlprobe.checks.trial.verdict import Judged, is_right, judged, named, only_refuses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading
    from rlprobe.checks.trial.search import Tried

CHANGES_INPUT = "changes-its-input"
MOST_NEAR = 6
"""Readings that are right on the first case and judged on all."""
MOST_ASKED = 12
"""Readings of which an identity is asked where nothing else can be told."""


class Session:
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
        self.teller = Teller(called, family, self.cases, time.perf_counter())
        self.failures: list[tuple[Reading, Answer]] = []
        self.candidates: list[Tried] = []

    def run(self) -> Checked:
        """Find how it is called, and judge it.

        Raises:
            CheckFailure: it is wrong.
            NotUnderstoodError: how it is called could not be found.
            FunctionRaisedError: it raised an error however it was called.
        """
        near: list[tuple[Tried, Judged]] = []
        candidates = self.candidates
        for one in tried(self._bound(), self.family, self.cases[0], self.failures, self.numbers):
            candidates.append(one)
            if one.match.equal(self.family) and len(near) < MOST_NEAR:
                found = judged(one.reading, self.family, self.cases, until=None if not near else 5)
                if not found.failing or only_refuses(found):
                    identities = identities_of(one, self.family, self.cases)
                    if all(identities.values()):
                        return self._right(one, found, tuple(identities))
                near.append((one, found))
        return self._wrong(near, candidates)

    def _bound(self) -> Iterator[Reading]:
        if self.adapt is not None:
            yield from bindings(self.adapt, self.family, self.known, adapted=True)
            return
        for label, driver in self.family.drivers(self.function):
            for reading in bindings(driver, self.family, self.known, adapted=True):
                yield replace(reading, label=label)
        if callable(self.function):
            yield from bindings(self.function, self.family, self.known, adapted=False)

    def _together(self, one: Tried) -> list[str]:
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
            return [f"given {given}, it raises no error but returns other numbers"]
        other, mistake = found
        if mistake.many and for_many(one, other, self.family):
            alone = "one environment" if one.reading.layout in ALONE else "one row"
            what = f"Given {alone} it is correct; given {given}, its numbers equal {mistake.what}."
            self.teller.tell(other, mistake.id, what)
        return [f"given {given}, it raises no error, and its numbers equal {mistake.what} ({mistake.id})"]

    def _right(self, one: Tried, found: Judged, identities: tuple[str, ...]) -> Checked:
        answer = ask(one.reading, self.family, one.case)
        together = self._together(one) if one.reading.layout in TOGETHER else []
        self._further(one, found)
        if answer.changed:
            names = ", ".join(f"`{name}`" for name in answer.changed)
            what = f"Its numbers are correct, but it changes {names} in place."
            self.teller.fail(one.reading, CHANGES_INPUT, [what], case=one.case, answer=answer)
        return Checked(
            function=self.called,
            family=self.family.name,
            conventions=tuple(conventions(one.reading, self.family, answer, one.case)),
            cautions=(
                *cautions(one.reading, self.family),
                *together,
                *kinds_flaws(one.reading, self.family, self.cases[0]),
                *dict.fromkeys(refusal(c, a) for c, a in found.failing),
            ),
            cases=found.count,
            seconds=self.teller.seconds,
            identities=identities,
        )

    def _further(self, one: Tried, found: Judged) -> None:
        """Ask for the gradient of a loss, and for cases that hypothesis makes up.

        Raises:
            CheckFailure: one of them is wrong.
        """
        flaw = gradient_flaw(one, self.family, self.cases[0])
        if flaw:
            answer = ask(one.reading, self.family, one.case)
            self.teller.fail(one.reading, GRADIENT, [flaw], case=one.case, answer=answer)
        if found.failing or in_jax(self.function):  # it refuses some cases, or is slow
            return

        def wrong(case: Case) -> bool:
            answer = ask(one.reading, self.family, case)
            arrays = [array for array in map(as_array, answer.elements) if array is not None]
            finite = answer.error is None and all(bool(np.isfinite(array).all()) for array in arrays)
            return finite and not is_right(answer, self.family, case, one.reading)

        def wrong_if_shown(case: Case) -> bool:
            return wrong(prepared(case, one.reading, self.family))

        case = counterexample(self.cases, self.family.name, wrong_if_shown)
        if case is not None:
            said = f"It is correct on {found.count} cases, and wrong on one that hypothesis generated."
            small = smallest(prepared(case, one.reading, self.family), wrong)
            answer = ask(one.reading, self.family, small)
            self.teller.fail(one.reading, None, [said], case=small, answer=answer)

    def _wrong(self, near: list[tuple[Tried, Judged]], candidates: list[Tried]) -> NoReturn:
        """Tell the mistake, or why nothing can be told."""
        if not candidates:
            raise nothing_came(self.called, self.family, self.cases[0], self.failures, self.function)
        found = named([one for one, _ in near] or candidates, self.family, self.cases)
        if found is not None:
            one, mistake = found
            self.teller.tell(one, mistake.id, f"Its numbers equal {mistake.what}.")
        if near:
            self._right_on_some(near)
        understood = self._understood(candidates)
        if understood is not None:
            what = "Under no convention is it correct, and it equals no known mistake."
            self.teller.tell(understood, None, what)
        raise not_understood(self.called, self.family, candidates[0].reading)

    def _right_on_some(self, near: list[tuple[Tried, Judged]]) -> NoReturn:
        one, best = min(near, key=lambda pair: len(pair[1].failing))
        if not best.failing and not all(choice.by_name for choice in one.reading.choices):
            raise not_understood(self.called, self.family, one.reading)
        if best.failing and all(answer.error is not None for _, answer in best.failing):
            case, answer = min(best.failing, key=lambda pair: pair[0].size)
            raise raised_error(self.called, self.family, best.reading, answer, case)
        right = best.count - len(best.failing)
        self.teller.tell(one, None, f"It is correct on {right} of {best.count} cases.")

    def _understood(self, candidates: list[Tried]) -> Tried | None:
        """A reading that there is no doubt of: right where no episode ends, or with every name known."""
        for one in sorted(candidates, key=lambda one: one.rank)[:20]:
            plain = [case for case in self.cases if "plain" in case.tag]
            if plain and judged(one.reading, self.family, plain, until=1).plain:
                return one
        if self.adapt is not None or self.family.strict:
            named_all = [one for one in candidates if all(c.by_name for c in one.reading.choices)]
            return min(named_all, key=lambda one: one.rank, default=None)
        return self._breaks_all(candidates)

    def _breaks_all(self, candidates: list[Tried]) -> Tried | None:
        """The first reading, if all names are known and an identity is broken however it is called."""
        some = [one for one in candidates if all(c.by_name for c in one.reading.choices)]
        some = sorted(some, key=lambda one: one.rank)[:MOST_ASKED]
        asked = [identities_of(one, self.family, self.cases) for one in some]
        if not asked or any(all(holds.values()) for holds in asked):
            return None
        return some[0]
