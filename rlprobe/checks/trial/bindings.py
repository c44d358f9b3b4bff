"""Which parameter of a function takes which quantity: by its name, else by trying what is left."""

from __future__ import annotations

import inspect
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlprobe.checks.outcome import NotUnderstoodError
from rlprobe.checks.trial.names import matching, normal
from rlprobe.checks.trial.reading import FIXED, LENGTH, RECORD, Choice, Reading
from rlprobe.checks.trial.stand_in import LENGTHS, owner_of, self_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rlprobe.checks.family import Family

CONTAINERS = frozenset(
    [
        "batch",
        "data",
        "buffer",
        "rollout",
        "traj",
        "trajectory",
        "storage",
        "memory",
        "sample",
        "transition",
        "td",
        "tensordict",
        "experience",
        "case",
        "episode",
        "replay",
        "path",
        "exp",
        "segment",
        "rollout_data",
        "rollout_buffer",
        "b",
    ]
)
"""Names of parameters that hold all quantities at once."""
HARMLESS = {"device": "cpu", "verbose": False, "debug": False}
OMITTED = "<omitted>"
MOST_GUESSED = 3
"""Parameters whose quantity is found by trying; with more, trying proves little."""


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a function that can be named.

    Raises:
        NotUnderstoodError: it has no signature that Python can read.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise NotUnderstoodError(
            "its signature cannot be read; wrap it: adapt=lambda case: f(case.<what it takes>, ...)"
        ) from error
    spread = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one for one in signature.parameters.values() if one.kind not in spread]


def bindings(
    function: Callable[..., Any], family: Family, known: Mapping[str, Any], *, adapted: bool
) -> Iterator[Reading]:
    """Every assignment of quantities to the parameters of a function, the likeliest first.

    Raises:
        NotUnderstoodError: too many parameters have names that are not known.
    """
    if adapted:
        yield Reading(function, (Choice("case", RECORD),), frozenset({"case"}))
        return
    found = parameters(function)
    make_self = None
    options: list[list[Choice]] = []
    for place, one in enumerate(found):
        if place == 0 and one.name in {"self", "cls"} and not inspect.ismethod(function):
            cls = owner_of(function)
            make_self = self_of(cls) if cls is not None else None
            options.append([Choice(one.name, RECORD)])
        else:
            after = one.name.endswith("_") and one.name[:-1] in {other.name for other in found}
            shown = one.replace(name=f"next_{one.name[:-1]}") if after else one
            options.append([replace(c, parameter=one.name) for c in _options(shown, family, known)])
    positional = _positional(found)
    kinds = {one.name: _annotated(one) for one in found}
    mixed = len({kind for kind in kinds.values() if kind}) > 1
    guessed = [
        place
        for place, some in enumerate(options)
        if not some and found[place].default is inspect.Parameter.empty
    ]
    if len(guessed) > MOST_GUESSED:
        raise _unknown(function, [found[place].name for place in guessed], family)
    taken = {some[0].role for some in options if len(some) == 1}
    free = [role.name for role in family.roles if role.name not in taken and not role.hidden]
    for place in guessed:
        options[place] = [Choice(found[place].name, role, by_name=False) for role in free]
    dense = [some for some in options if some]
    for picked in itertools.product(*dense):
        choices = tuple(choice for choice in picked if choice.role != OMITTED)
        roles = [c.role for c in choices if c.role not in {FIXED, LENGTH}]
        passed = [(c.parameter, c.role) for c in choices if c.role in roles]
        if len(set(roles)) == len(roles) and _enough(roles, family) and family.sensible(passed):
            given = (replace(c, kind=kinds.get(c.parameter, "")) if mixed else c for c in choices)
            yield Reading(function, tuple(given), positional, make_self=make_self)


def _positional(found: list[inspect.Parameter]) -> frozenset[str]:
    """The parameters that can only be passed by position."""
    return frozenset(one.name for one in found if one.kind is inspect.Parameter.POSITIONAL_ONLY) | frozenset(
        one.name for one in found[:1] if one.name == "self"
    )


def _annotated(one: inspect.Parameter) -> str:
    """The kind of arrays that an annotation asks for, if it is one of two."""
    words = str(one.annotation)
    return "torch" if "Tensor" in words else "numpy" if "ndarray" in words else ""


def _options(one: inspect.Parameter, family: Family, known: Mapping[str, Any]) -> list[Choice]:
    name = one.name
    if name in known:
        return [Choice(name, FIXED, fixed=known[name])]
    roles = matching(name, family)
    left_out = [Choice(name, OMITTED)] if one.default is None else []
    if roles:
        return [*(Choice(name, role.name) for role in roles), *left_out]
    required = one.default is inspect.Parameter.empty
    if required and normal(name, short=False) in CONTAINERS:
        return [Choice(name, RECORD)]
    if required and name in HARMLESS:
        return [Choice(name, FIXED, fixed=HARMLESS[name])]
    letters = [
        letter for letter, names in LENGTHS.items() if normal(name) in {normal(n) for n in names.split()}
    ]
    if required and letters:
        return [Choice(name, LENGTH, fixed=letters[0])]
    return []


def _enough(roles: list[str], family: Family) -> bool:
    if RECORD in roles:
        return True
    taken = set(roles)
    alone = [name for name in roles if name in {r.name for r in family.roles} and family.role(name).beside]
    return all(group & taken for group in family.needs) and all(family.role(n).beside & taken for n in alone)


def arguments_of(family: Family, function: Any) -> str:
    """What a call takes: ``case.rewards`` where a parameter is known, ``gae_lambda=...`` where it is not."""
    try:
        found = parameters(function)
    except (NotUnderstoodError, TypeError):
        return family.example
    words, known, named = list[str](), 0, False
    for one in found:
        roles = [role.name for role in matching(one.name, family)]
        required = one.default is inspect.Parameter.empty
        if one.name in {"self", "cls"} or not (roles or required):
            continue
        known += bool(roles)
        shown = (
            f"case.{roles[0]}" if roles else "case" if normal(one.name, short=False) in CONTAINERS else "..."
        )
        named = named or one.kind is inspect.Parameter.KEYWORD_ONLY or shown == "..."
        words.append(f"{one.name}={shown}" if named else shown)
    return ", ".join(words) if known else family.example


def _unknown(function: Callable[..., Any], names: list[str], family: Family) -> NotUnderstoodError:
    called = getattr(function, "__name__", "f")
    return NotUnderstoodError(
        f"what {', '.join(f'`{n}`' for n in names)} mean is not known; say how to call it: "
        f"rlprobe.check.{family.name}({called}, "
        f"adapt=lambda case: {called}({arguments_of(family, function)}))"
    )
