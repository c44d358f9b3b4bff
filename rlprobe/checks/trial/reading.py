"""A reading: one way to take a function's arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.present import presented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family, Variant

RECORD, FIXED, LENGTH = "<record>", "<fixed>", "<length>"
SPECIAL = frozenset({RECORD, FIXED, LENGTH})


@dataclass(frozen=True)
class Choice:
    """What one parameter is given: a variant of a role, a record of all roles, or a fixed value.

    ``kind`` is the kind of arrays that its annotation asks for, where parameters differ in it.
    """

    parameter: str
    role: str
    variant: int = 0
    by_name: bool = True
    fixed: Any = None
    kind: str = ""


@dataclass(frozen=True)
class Reading:
    """How a function is called.

    Args:
        function: what is called.
        choices: what each parameter gets.
        positional: the parameters that are passed by position.
        kind, layout, flags: how arrays are presented; ``flags`` is ``"booleans"`` or ``"numbers"``.
        constants: numbers that the function does not take but uses, by role.
        attributes: the variant of each role that the function reads from ``self`` or a record.
        given: values of attributes and arguments that the user has stated.
        label: the name of a driver, for objects that are not plain functions.
    """

    function: Callable[..., Any]
    choices: tuple[Choice, ...]
    positional: frozenset[str]
    kind: str = "numpy"
    layout: str = "TN"
    flags: str = "booleans"
    constants: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, int] = field(default_factory=dict)
    make_self: Callable[[Any], Any] | None = None
    label: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that it passes or lets the function read."""
        return (frozenset(c.role for c in self.choices) - SPECIAL) | frozenset(self.attributes)

    @property
    def shown(self) -> frozenset[str]:
        """The roles, and each that is in another convention than the first also as ``role/variant``."""
        picked = [(c.role, c.variant) for c in self.choices if c.role not in SPECIAL]
        picked += list(self.attributes.items())
        return frozenset(r for r, _ in picked) | frozenset(f"{r}/{v}" for r, v in picked if v)

    def variants(self, family: Family) -> Iterator[tuple[str, Variant]]:
        """Each argument or attribute with its convention."""
        for choice in self.choices:
            if choice.role not in SPECIAL:
                yield choice.parameter, family.role(choice.role).variants[choice.variant]
        for name, index in self.attributes.items():
            yield name, family.role(name).variants[index]


def show(variant: Variant, case: Case, reading: Reading) -> Any:
    """A variant's value as the reading presents it."""
    value = variant.get(case)
    axes, layout = variant.axes, reading.layout
    if layout == "one" and axes.startswith("B"):
        value, axes = np.asarray(value)[0], axes[1:]
        if axes == "":
            return np.asarray(value).item()
    return presented(value, axes, kind=reading.kind, layout=layout, flags=reading.flags)
