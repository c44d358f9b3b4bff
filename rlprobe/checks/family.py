"""What a check knows of one family of functions: its arguments, the right numbers, and the known mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rlprobe.checks.case import Case

Outputs = dict[str, Any]
"""Names of results and their canonical arrays."""


@dataclass(frozen=True)
class Variant:
    """One convention in which an argument is passed.

    Args:
        get: its value in a case.
        axes: the axes of that value, see ``Case``; empty for a number, ``"?"`` for any other object.
        say: the convention in words, with ``{name}`` for the argument; empty if it goes without saying.
        caution: what the user must know if this convention was found.
        unless: roles beside which the caution does not hold.
        never_with: roles beside which this convention makes no sense.
        only_with: roles of which one must be there too: they declare the convention. Empty if it needs none.
    """

    get: Callable[[Case], Any]
    axes: str
    say: str = ""
    caution: str = ""
    unless: frozenset[str] = frozenset()
    never_with: frozenset[str] = frozenset()
    only_with: frozenset[str] = frozenset()

    def fits(self, roles: frozenset[str]) -> bool:
        """Whether it makes sense beside these roles."""
        return not self.never_with & roles and (not self.only_with or bool(self.only_with & roles))


@dataclass(frozen=True)
class Role:
    """A quantity that a function may take as an argument, or read from ``self``.

    Args:
        name: what it is called in a case.
        aliases: other names people give it, separated by spaces.
        variants: the conventions in which it is passed, the most usual first.
        flag: whether it holds booleans, which some functions want as numbers.
        usual: for a number: the values tried when the function does not take it.
        beside: roles of which one must be passed too; empty if it can stand alone.
        hidden: whether only ``self``, a record or an ``adapt`` gives it, never a guess by position.
    """

    name: str
    aliases: str
    variants: tuple[Variant, ...]
    flag: bool = False
    usual: tuple[float, ...] = ()
    hidden: bool = False
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mistake:
    """A known mistake, as a formula.

    Args:
        id: its stable name; the fault's, where a diagnosis knows the same mistake.
        what: what the function's numbers equal, in words.
        outputs: the numbers it leads to.
        wrong, right: the lines of code, for the explanation; empty if the fault of this id has them.
        recognise: tells the mistake from a result itself, where it has no formula.
        needs: roles of which one must be taken for it to be possible; empty for any function.
        many: whether it shows only where several environments, or several rows, are given at once.
    """

    id: str
    what: str
    outputs: Callable[[Case], Outputs]
    wrong: str = ""
    right: str = ""
    recognise: Callable[[Case, Any], bool] | None = None
    many: bool = False
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """A family of functions with one right answer.

    Args:
        name: its name in ``rlprobe.check`` and on the command line.
        what: one line on what it computes, with the formula.
        words: regular expressions that a function's name matches, the best first.
        roles: what its functions may take.
        needs: names of roles of which a function takes at least one in each group.
        outputs: axes of each result, by name, the most usual first.
        right: the right results of a case.
        cases: the trial case first, then edge cases and random cases.
        mistakes: known mistakes, the most usual first.
        pairs: combinations of two mistakes, tried last.
        fit: a case as a function can see it that takes only the given roles.
        allowed: whether a result may be what a function of this name gives.
        sensible: whether roles make sense where they stand in the list of parameters.
        drivers: ways to call an object that is not a plain function: labels and functions of a case.
        extras: results that may accompany the main ones and are not judged.
        in_place: roles that a function of this family is meant to change.
        wrong_shapes: results that are never right, but have a shape that a known mistake leads to.
        tolerance: largest relative error.
        strict: whether a function all of whose arguments are known by name is wrong if it is never right.
        example: the arguments of a call, for messages.
    """

    name: str
    what: str
    words: tuple[str, ...]
    roles: tuple[Role, ...]
    outputs: Mapping[str, str]
    right: Callable[[Case], Outputs]
    cases: Callable[[], Iterable[Case]]
    mistakes: tuple[Mistake, ...]
    needs: tuple[frozenset[str], ...] = ()
    pairs: Callable[[], Iterable[Mistake]] = tuple
    fit: Callable[[Case, frozenset[str]], Case] = field(default=lambda case, _: case)
    allowed: Callable[[str, str], bool] = field(default=lambda _function, _output: True)
    sensible: Callable[[Sequence[tuple[str, str]]], bool] = field(default=lambda _: True)
    drivers: Callable[[Any], Iterable[tuple[str, Callable[[Any], Any]]]] = field(default=lambda _: ())
    extras: frozenset[str] = frozenset()
    in_place: frozenset[str] = frozenset()
    wrong_shapes: frozenset[str] = frozenset()
    tolerance: float = 2e-4
    strict: bool = False
    example: str = ""

    def role(self, name: str) -> Role:
        """The role of this name."""
        return next(role for role in self.roles if role.name == name)


def plain(name: str, axes: str, aliases: str = "", **more: Any) -> Role:
    """A role that is passed in one convention only: as it stands in the case."""
    return Role(name, aliases, (Variant(lambda case: getattr(case, name), axes),), **more)


def number(name: str, aliases: str = "", usual: tuple[float, ...] = (), **more: Any) -> Role:
    """A role that is one number."""
    return plain(name, "", aliases, usual=usual, **more)
