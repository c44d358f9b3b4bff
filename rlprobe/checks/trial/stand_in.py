"""Objects that answer for ``self``, a batch or a buffer: they give each quantity under any of its names."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.trial.names import matching, normal
from rlprobe.checks.trial.present import presented
from rlprobe.checks.trial.reading import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.reading import Reading

LENGTHS = {
    "T": "T total_time_steps num_transitions_per_env n_step num_step buffer_size num_transitions horizon size"
    " length pos rollout_length rollout_len max_len",
    "N": "n_env num_env n_envs num_envs nenv",
    "B": "batch_size size n num_sample",
    "A": "n_action num_action action_dim n_act",
    "K": "n_atom num_atom atoms_num n_quantile num_quantile",
}
"""Attributes that hold the length of an axis."""
RESULTS = ("advantages", "returns")
"""Arrays that a method may fill in place."""


class Record:
    """A batch, a buffer or a ``self`` that knows every quantity of a case.

    Reading an unknown name raises ``AttributeError`` or ``KeyError``, as an object without it would.
    """

    def __init__(self, family: Family, case: Case, reading: Reading) -> None:
        self.__dict__["_of"] = (family, case, reading)
        self.__dict__["read"] = []
        self.__dict__["buffers"] = {}
        self.__dict__["written"] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found, value = self.look_up(name)
        if not found:
            raise AttributeError(f"nothing is known of {name!r}")
        return value

    def __getitem__(self, name: Any) -> Any:
        if name in self.written:
            return self.written[name]
        found, value = self.look_up(name) if isinstance(name, str) else (False, None)
        if not found:
            raise KeyError(name)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        self.written[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        self.written[name] = value

    def get(self, name: str, default: Any = None) -> Any:
        """As of a mapping."""
        found, value = self.look_up(name)
        return value if found else default

    def __contains__(self, name: str) -> bool:
        return name in self.written or self.look_up(name)[0]

    def look_up(self, name: str) -> tuple[bool, Any]:
        """Whether anything is known by a name, and its value."""
        family, case, reading = self._of
        if name in self.written:
            return True, self.written[name]
        roles = matching(name, family)
        for role in roles:
            if not any(variant.fits(reading.roles) for variant in role.variants):
                continue
            if role.name in self.buffers:
                return True, self.buffers[role.name]
            if role.name not in self.read:
                self.read.append(role.name)
            value = show(role.variants[reading.attributes.get(role.name, 0)], case, reading)
            self.buffers[role.name] = value
            return True, value
        return self._besides(name)

    def _besides(self, name: str) -> tuple[bool, Any]:
        family, case, reading = self._of
        if name == "device":
            return True, "cpu"
        for letter, names in LENGTHS.items():
            if letter in case.sizes and (
                name == letter or normal(name) in {normal(one) for one in names.split() if one != letter}
            ):
                return True, case.sizes[letter]
        axes = next(iter(family.outputs.values()))
        if any(normal(name) in {normal(result), normal(result[:3])} for result in RESULTS):
            zeros = np.zeros([case.sizes[letter] for letter in axes])
            shown = presented(zeros, axes, kind=reading.kind, layout=reading.layout, flags="")
            self.written[name] = shown
            return True, shown
        return False, None

    def results(self) -> tuple[Any, ...]:
        """What a method that returns nothing has written."""
        return tuple(self.written.values())


def owner_of(function: Callable[..., Any]) -> type | None:
    """The class whose method a plain function is, where it can be told."""
    parts = getattr(function, "__qualname__", "").split(".")
    if len(parts) < 2 or "<locals>" in parts:
        return None
    space: Any = getattr(inspect.unwrap(function), "__globals__", None) or vars(
        sys.modules.get(function.__module__, object)
    )
    found: Any = space.get(parts[0])
    for part in parts[1:-1]:
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def self_of(cls: type) -> Callable[[Record], Any]:
    """Builds an instance of a class without its constructor, whose missing attributes a record supplies."""

    def missing(self: Any, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_record"), name)

    def store(self: Any, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._record.written[name] = value

    body = {"__getattr__": missing, "__setattr__": store}
    try:
        stand_in = type(cls.__name__, (cls,), body)
    except TypeError:
        return lambda record: record

    def build(record: Record) -> Any:
        try:
            made: Any = object.__new__(stand_in)
        except TypeError:
            return record
        object.__setattr__(made, "_record", record)
        return made

    return build
