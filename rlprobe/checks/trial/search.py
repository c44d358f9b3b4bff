"""Every way in which a function may be called, tried on one small case."""

from __future__ import annotations

import inspect
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rlprobe.checks.compiled import in_jax
from rlprobe.checks.trial.calling import Answer, ask
from rlprobe.checks.trial.compare import Match, compare
from rlprobe.checks.trial.constants import candidates
from rlprobe.checks.trial.present import ALONE, KINDS, LAYOUTS, available
from rlprobe.checks.trial.reading import FIXED, LENGTH, RECORD, SPECIAL, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family

MOST_COMPARED, MOST_FAILURES = 800, 3000
"""Bounds of the search, so that it ends within seconds."""
MOST_VARIANTS = 40
"""Combinations of conventions tried of what a function reads from an object."""
MOST_CONSTANTS = 40
"""Combinations of numbers tried that a function uses without taking them."""


@dataclass(frozen=True)
class Tried:
    """A reading under which the function gave something of the right shape.

    Args:
        reading: how it was called.
        case: the trial case as it was shown.
        answer: what it gave.
        match: its comparison with the right results.
        rank: how unusual the reading is.
    """

    reading: Reading
    case: Case
    answer: Answer
    match: Match
    rank: tuple[int, ...]


def prepared(case: Case, reading: Reading, family: Family) -> Case:
    """A case as the function of this reading can see it."""
    seen = family.fit(case, reading.shown)
    if reading.layout in ALONE and "N" in seen.sizes:
        seen = seen.take("N", [0])
    return seen.change(**reading.constants) if reading.constants else seen


def tried(
    bound: Iterable[Reading],
    family: Family,
    trial: Case,
    failures: list[tuple[Reading, Answer]],
    known: Mapping[str, float],
) -> Iterator[Tried]:
    """The readings that give results of the right shape; others are noted in ``failures``.

    Args:
        bound: assignments of quantities to parameters.
        family: what the function computes.
        trial: the case to try it on.
        failures: gets the readings that raise or give something of another shape.
        known: numbers that the function uses, as far as the user has stated them.
    """
    compared = 0
    for order, base in enumerate(bound):
        kinds = _kinds(base, family)
        for place, reading in _presented(base, family, trial):
            rank = (*place, order)
            for kind, flags in kinds:
                if compared > MOST_COMPARED or len(failures) > MOST_FAILURES:
                    return
                asked = replace(reading, kind=kind, flags=flags)
                found = _try(asked, family, trial, rank=rank, failures=failures, known=known)
                compared += len(found)
                yield from found
                if any(one.match.equal(family) for one in found):
                    break


def _try(
    reading: Reading,
    family: Family,
    trial: Case,
    *,
    rank: tuple[int, ...],
    failures: list[tuple[Reading, Answer]],
    known: Mapping[str, float],
) -> list[Tried]:
    """One presentation, with every value of the numbers that the function does not take."""
    found: list[Tried] = []
    todo = [dict(reading.attributes)]
    seen: set[tuple[tuple[str, int], ...]] = set()
    while todo and len(seen) < MOST_VARIANTS:
        asked = replace(reading, attributes=todo.pop(0))
        if tuple(asked.attributes.items()) in seen:
            continue
        seen.add(tuple(asked.attributes.items()))
        answer = ask(asked, family, prepared(trial, asked, family))
        more = [name for name in dict.fromkeys(answer.read) if name not in asked.attributes]
        if more:  # every convention of what it turned out to read
            todo = [*_attribute_variants(asked, more, family), *todo]
        elif not _sensible(asked, family):
            continue
        elif answer.error is not None:
            failures.append((asked, answer))
        else:
            found += _with_constants(asked, answer, family, trial, rank=rank, failures=failures, known=known)
    return found


def _sensible(asked: Reading, family: Family) -> bool:
    """Whether the conventions of what it reads from an object make sense beside each other."""
    return all(family.role(n).variants[v].fits(asked.roles) for n, v in asked.attributes.items())


def _with_constants(
    asked: Reading,
    answer: Answer,
    family: Family,
    trial: Case,
    *,
    rank: tuple[int, ...],
    failures: list[tuple[Reading, Answer]],
    known: Mapping[str, float],
) -> list[Tried]:
    """A reading with every value of the numbers that the function does not take."""
    found = []
    for constants in _constants(asked, family, known):
        whole = replace(asked, constants=constants)
        seen = prepared(trial, whole, family)
        if constants:  # arguments may follow from the numbers
            answer = ask(whole, family, seen)
            if answer.error is not None:
                break
        match = compare(answer, family.right(seen), family, seen, whole)
        if not match.shaped:
            failures.append((whole, answer))
            break
        found.append(Tried(whole, seen, answer, match, (*rank, sum(asked.attributes.values()))))
    return found


def _attribute_variants(reading: Reading, more: list[str], family: Family) -> list[dict[str, int]]:
    """The attributes of a reading with every convention of those that it turned out to read."""
    ranges = [range(len(family.role(name).variants)) for name in more]
    picked = sorted(itertools.product(*ranges), key=sum)
    return [{**reading.attributes, **dict(zip(more, one, strict=True))} for one in picked]


def _presented(base: Reading, family: Family, trial: Case) -> Iterator[tuple[tuple[int, ...], Reading]]:
    """A binding in every convention of its arguments and in every order of axes."""
    ranges = [
        range(1) if c.role in SPECIAL else range(len(family.role(c.role).variants)) for c in base.choices
    ]
    if "N" in trial.sizes:
        layouts: tuple[str, ...] = LAYOUTS
    else:
        layouts = ("B", "B1", "one") if "B" in trial.sizes and not base.label else ("B",)
        layouts = layouts[:2] if _plural(base, family) else layouts
    guesses = sum(not c.by_name for c in base.choices)
    for picked in sorted(itertools.product(*ranges), key=sum):
        choices = tuple(replace(c, variant=v) for c, v in zip(base.choices, picked, strict=True))
        shown = [family.role(c.role).variants[c.variant] for c in choices if c.role not in SPECIAL]
        if not all(variant.fits(base.roles) for variant in shown):
            continue
        for place, layout in enumerate(layouts):
            yield (guesses, sum(picked), place), replace(base, choices=choices, layout=layout)


def _plural(base: Reading, family: Family) -> bool:
    """Whether at least two parameters are named as batches: ``rewards`` and not ``reward``."""
    roles = {role.name for role in family.roles if role.variants[0].axes == "B"}
    names = [c.parameter.rstrip("_") for c in base.choices if c.role in roles]
    return sum(len(name) > 3 and name.endswith("s") for name in names) >= 2


def _kinds(base: Reading, family: Family) -> list[tuple[str, str]]:
    """Kinds of arrays and of flags, those first that the function's module works with."""
    inner: Any = inspect.unwrap(base.function)
    space = getattr(inner, "__globals__", {})
    names = set(getattr(getattr(inner, "__code__", None), "co_names", ()))
    uses_torch = bool(names & {"torch", "th", "F", "nn", "Tensor"}) and any(
        getattr(space.get(name), "__name__", "").startswith("torch") for name in names
    )
    kinds = [kind for kind in (("numpy", "torch") if base.label else KINDS) if available(kind)]
    if uses_torch:
        kinds.sort(key=lambda kind: "t" not in kind[:1] and "tensor" not in kind)
    if in_jax(inner):
        kinds = [kind for kind in kinds if kind in {"numpy", "jax"}]
    roles = {choice.role for choice in base.choices}
    both = not base.label and any(
        role == RECORD or family.role(role).flag for role in roles - {FIXED, LENGTH}
    )
    return [(kind, flags) for kind in kinds for flags in ("booleans", "numbers")[: 2 if both else 1]]


def _constants(reading: Reading, family: Family, known: Mapping[str, float]) -> list[dict[str, float]]:
    """The values of the numbers that the function does not take."""
    absent = [role for role in family.roles if role.usual and role.name not in reading.roles]
    values = [
        [known[role.name]]
        if role.name in known
        else candidates(reading.function, role, family) or list(role.usual)
        for role in absent
    ]
    combined = itertools.islice(itertools.product(*values), MOST_CONSTANTS)
    return [dict(zip((role.name for role in absent), some, strict=True)) for some in combined]
